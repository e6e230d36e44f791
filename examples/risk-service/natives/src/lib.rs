//! Natives of the risk rules.

/// Points for the country that a payment comes from.
///
/// # Errors
/// If the country is not one that payments are taken from.
#[relon::native]
pub fn country_points(country: &str) -> Result<i64, String> {
    match country {
        "AT" | "CH" | "DE" | "FR" | "NL" => Ok(0),
        "ES" | "GB" | "IT" | "PL" => Ok(5),
        "BR" | "IN" | "US" => Ok(10),
        _ => Err(format!("no payments are taken from `{country}`")),
    }
}

/// Whether an address belongs to a service that forgets its mailboxes.
#[relon::native]
pub fn is_disposable(email: &str) -> bool {
    let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
    ["mailinator.com", "trashmail.com", "yopmail.com"].iter().any(|known| domain.eq_ignore_ascii_case(known))
}

/// How many of the earlier amounts are below this one, in percent; 0 where there are none.
#[relon::native]
pub fn rank_percent(cents: i64, earlier: &[i64]) -> i64 {
    let below = earlier.iter().filter(|amount| **amount < cents).count();
    match earlier.len() {
        0 => 0,
        count => (below * 100 / count) as i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_counts_whatever_its_case() {
        assert!(is_disposable("a@Mailinator.com"));
        assert!(!is_disposable("mailinator.com@example.org"));
        assert!(!is_disposable("nobody"));
    }

    #[test]
    fn a_rank_needs_something_to_compare_with() {
        assert_eq!(rank_percent(500, &[]), 0);
        assert_eq!(rank_percent(500, &[100, 200, 900, 500]), 50);
    }
}
