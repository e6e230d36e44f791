//! Choices by chance. The same seed makes the same choices for ever: programs are named by their seeds.

use fastrand::Rng;

/// A source of choices.
pub(crate) struct Random(Rng);

impl Random {
    /// The source of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        // Neighbouring seeds must not make similar programs.
        Random(Rng::with_seed(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// A number from 0 to below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.0.u64(..) % end as u64) as usize
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    ///
    /// # Panics
    /// Where there are none.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Puts these into any order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn a_seed_makes_the_same_choices_for_ever() {
        let mut random = Random::new(7);
        let numbers: Vec<usize> = (0..6).map(|_| random.below(1000)).collect();
        assert_eq!(numbers, GOLDEN);
    }

    const GOLDEN: [usize; 6] = [942, 528, 836, 442, 834, 746];
}
