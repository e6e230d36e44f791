//! Twenty small natives for the long rule. What they give stays between 0 and 100,000, so that sums of them fit.

/// Every native of this file by its name, in the order in which the long rule calls them.
pub const ALL: [(&str, fn(i64) -> i64); 20] = [
    ("base_rate", base_rate),
    ("region_fee", region_fee),
    ("weight_fee", weight_fee),
    ("volume_cut", volume_cut),
    ("season_cut", season_cut),
    ("age_points", age_points),
    ("income_points", income_points),
    ("debt_points", debt_points),
    ("late_fee", late_fee),
    ("fuel_levy", fuel_levy),
    ("toll", toll),
    ("handling", handling),
    ("insurance", insurance),
    ("packing", packing),
    ("priority_fee", priority_fee),
    ("return_risk", return_risk),
    ("stock_cut", stock_cut),
    ("margin", margin),
    ("rounding", rounding),
    ("loyalty", loyalty),
];

/// A number without a pattern.
fn mixed(x: i64, seed: u64) -> i64 {
    ((x as u64).wrapping_add(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as i64
}

/// Base rate of an amount.
#[relon::native]
pub fn base_rate(x: i64) -> i64 {
    (x.rem_euclid(5_000)) * 3 / 2 + 40
}

/// Fee of a region, by its number.
#[relon::native]
pub fn region_fee(x: i64) -> i64 {
    match x.rem_euclid(6) {
        0 => 120,
        1 => 180,
        2 => 95,
        3 => 310,
        _ => 240,
    }
}

/// Fee for a weight.
#[relon::native]
pub fn weight_fee(x: i64) -> i64 {
    let kilograms = (x.rem_euclid(90_000) + 999) / 1_000;
    if kilograms > 30 { 1_900 + 45 * (kilograms - 30) } else { 290 + 45 * kilograms }
}

/// What a volume takes off.
#[relon::native]
pub fn volume_cut(x: i64) -> i64 {
    match x.rem_euclid(1_000) {
        500.. => 700,
        100.. => 500,
        10.. => 200,
        _ => 0,
    }
}

/// What a season takes off.
#[relon::native]
pub fn season_cut(x: i64) -> i64 {
    if x % 12 < 3 { 150 } else { 25 }
}

/// Points for an age.
#[relon::native]
pub fn age_points(x: i64) -> i64 {
    (x.rem_euclid(120) - 18).clamp(0, 60) * 4
}

/// Points for an income.
#[relon::native]
pub fn income_points(x: i64) -> i64 {
    (x.rem_euclid(1_000_000) / 1_000).min(600)
}

/// Points for a debt.
#[relon::native]
pub fn debt_points(x: i64) -> i64 {
    600 - (x.rem_euclid(600_000) / 1_000)
}

/// Fee for days late.
#[relon::native]
pub fn late_fee(x: i64) -> i64 {
    let days = x.rem_euclid(90);
    if days > 30 { 500 + 25 * (days - 30) } else { 10 * days }
}

/// Levy on a distance.
#[relon::native]
pub fn fuel_levy(x: i64) -> i64 {
    x.rem_euclid(3_000) * 7 / 100
}

/// Toll of a route, by its number.
#[relon::native]
pub fn toll(x: i64) -> i64 {
    mixed(x, 3) % 400
}

/// Cost of handling pieces.
#[relon::native]
pub fn handling(x: i64) -> i64 {
    35 + 12 * x.rem_euclid(40)
}

/// Premium for a value.
#[relon::native]
pub fn insurance(x: i64) -> i64 {
    (x.rem_euclid(250_000) * 15 + 9_999) / 10_000
}

/// Cost of packing a volume.
#[relon::native]
pub fn packing(x: i64) -> i64 {
    match x.rem_euclid(80) {
        0..=10 => 60,
        11..=40 => 140,
        _ => 320,
    }
}

/// Fee for a priority.
#[relon::native]
pub fn priority_fee(x: i64) -> i64 {
    [0, 250, 900, 1_900][x.rem_euclid(4) as usize]
}

/// Risk of a return, in points.
#[relon::native]
pub fn return_risk(x: i64) -> i64 {
    mixed(x, 7) % 100
}

/// What stock takes off.
#[relon::native]
pub fn stock_cut(x: i64) -> i64 {
    (x.rem_euclid(2_000) - 1_000).abs() / 10
}

/// Margin on a cost.
#[relon::native]
pub fn margin(x: i64) -> i64 {
    x.rem_euclid(70_000) * 22 / 100
}

/// An amount rounded to five.
#[relon::native]
pub fn rounding(x: i64) -> i64 {
    (x.rem_euclid(100_000) + 2) / 5 * 5
}

/// Points for years.
#[relon::native]
pub fn loyalty(x: i64) -> i64 {
    x.rem_euclid(30).min(20) * 10
}
