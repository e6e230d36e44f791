//! Bytes of what is kept: numbers little endian, texts and sequences with their length, a checksum at the end.

use std::hash::Hasher;

use crate::Error;

/// Bytes that are not those that were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

/// Writes bytes that [`Reader`] reads.
#[derive(Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// Goes on behind these bytes.
    pub fn of(bytes: Vec<u8>) -> Writer {
        Writer(bytes)
    }

    /// A number.
    pub fn number(&mut self, number: usize) {
        self.0.extend((number as u64).to_le_bytes());
    }

    /// Bytes of any number.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.0.extend(bytes);
    }

    /// A text.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Texts of any number.
    pub fn texts(&mut self, texts: &[String]) {
        self.number(texts.len());
        for text in texts {
            self.text(text);
        }
    }

    /// The bytes without a checksum, to be part of others or compared with them.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The bytes with their checksum.
    pub fn finish(mut self) -> Vec<u8> {
        let sum = checksum(&self.0);
        self.0.extend(sum.to_le_bytes());
        self.0
    }
}

/// Reads what [`Writer`] wrote; anything else is an error.
#[derive(Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Checks the sum first: what follows is what was written.
    ///
    /// # Errors
    /// Where the sum is another.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Damaged> {
        let (body, sum) = bytes.split_last_chunk::<8>().ok_or(Damaged)?;
        if checksum(body) != u64::from_le_bytes(*sum) {
            return Err(Damaged);
        }
        Ok(Reader(body))
    }

    /// A number.
    ///
    /// # Errors
    /// Where the bytes are not those of one.
    pub fn number(&mut self) -> Result<usize, Damaged> {
        let (number, rest) = self.0.split_first_chunk::<8>().ok_or(Damaged)?;
        self.0 = rest;
        usize::try_from(u64::from_le_bytes(*number)).map_err(|_| Damaged)
    }

    /// Bytes.
    ///
    /// # Errors
    /// Where the bytes are not those of one.
    pub fn bytes(&mut self) -> Result<&'a [u8], Damaged> {
        let length = self.number()?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Damaged)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// A text.
    ///
    /// # Errors
    /// Where the bytes are not those of one.
    pub fn text(&mut self) -> Result<String, Damaged> {
        std::str::from_utf8(self.bytes()?).map(str::to_owned).map_err(|_| Damaged)
    }

    /// Texts.
    ///
    /// # Errors
    /// Where the bytes are not those of one.
    pub fn texts(&mut self) -> Result<Vec<String>, Damaged> {
        (0..self.number()?).map(|_| self.text()).collect()
    }

    /// Nothing is left.
    ///
    /// # Errors
    /// Where the bytes are not those of one.
    pub fn end(self) -> Result<(), Damaged> {
        if self.0.is_empty() { Ok(()) } else { Err(Damaged) }
    }
}

impl From<Damaged> for Error {
    /// Packs are what this crate reads on its own.
    fn from(_: Damaged) -> Error {
        Error::Pack("the natives' pack is damaged, or no pack at all; build it again".into())
    }
}

/// FNV-1a over words: damage is found, attacks are not; a pack is code, and has to be trusted anyway.
pub fn checksum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    });
    let mixed =
        words.fold(0xcbf2_9ce4_8422_2325, |sum: u64, word| (sum ^ word).wrapping_mul(0x100_0000_01b3).rotate_left(23));
    mixed ^ bytes.len() as u64
}

/// A number of 128 bits made of bytes: those of a key, under which something is kept. Different keys have different numbers unless
/// someone looks for two that do not.
#[derive(Clone, Debug)]
pub struct Fingerprint {
    lanes: [u64; 2],
    length: u64,
}

impl Default for Fingerprint {
    fn default() -> Self {
        Fingerprint { lanes: [0xcbf2_9ce4_8422_2325, 0x9e37_79b9_7f4a_7c15], length: 0 }
    }
}

impl Fingerprint {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> u128 {
        let mut fingerprint = Fingerprint::default();
        fingerprint.write(bytes);
        fingerprint.value()
    }

    /// The number.
    pub fn value(&self) -> u128 {
        let [one, two] = self.lanes.map(|lane| spread(lane ^ self.length));
        u128::from(one) << 64 | u128::from(two.wrapping_add(one))
    }

    fn word(&mut self, word: u64) {
        let [one, two] = &mut self.lanes;
        *one = (*one ^ word).wrapping_mul(0x100_0000_01b3).rotate_left(23);
        *two = (*two ^ word).wrapping_mul(0xd6e8_feb8_6659_fd93).rotate_left(29);
    }
}

impl Hasher for Fingerprint {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
        self.length = self.length.wrapping_mul(31).wrapping_add(bytes.len() as u64 + 1);
    }

    fn finish(&self) -> u64 {
        self.value() as u64
    }
}

/// Lets each bit of a number reach all others.
fn spread(mut number: u64) -> u64 {
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        number = (number ^ number >> 33).wrapping_mul(factor);
    }
    number ^ number >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_changes_the_number() {
        let mut seen = std::collections::HashSet::new();
        for length in 0..40 {
            let bytes = vec![7; length];
            assert!(seen.insert(Fingerprint::of(&bytes)), "{length} bytes");
            for bit in 0..length * 8 {
                let mut other = bytes.clone();
                other[bit / 8] ^= 1 << (bit % 8);
                assert!(seen.insert(Fingerprint::of(&other)), "bit {bit} of {length} bytes");
            }
        }
    }

    #[test]
    fn texts_have_borders() {
        let of = |texts: [&str; 2]| {
            let mut fingerprint = Fingerprint::default();
            texts.iter().for_each(|text| fingerprint.write(text.as_bytes()));
            fingerprint.value()
        };
        assert_ne!(of(["ab", "c"]), of(["a", "bc"]));
        assert_ne!(of(["", "a"]), of(["a", ""]));
    }
}
