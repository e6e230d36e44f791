//! Bytes of packs: numbers little endian, texts and sequences with their length, a checksum at the end.

use crate::Error;

/// Writes a pack.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn number(&mut self, number: usize) {
        self.0.extend((number as u64).to_le_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.0.extend(bytes);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(super) fn texts(&mut self, texts: &[String]) {
        self.number(texts.len());
        for text in texts {
            self.text(text);
        }
    }

    /// The bytes with their checksum.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let sum = checksum(&self.0);
        self.0.extend(sum.to_le_bytes());
        self.0
    }
}

/// Reads what [`Writer`] wrote; anything else is an error.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Checks the sum first: what follows is what was written.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        let (body, sum) = bytes.split_last_chunk::<8>().ok_or_else(damaged)?;
        if checksum(body) != u64::from_le_bytes(*sum) {
            return Err(damaged());
        }
        Ok(Reader(body))
    }

    pub(super) fn number(&mut self) -> Result<usize, Error> {
        let (number, rest) = self.0.split_first_chunk::<8>().ok_or_else(damaged)?;
        self.0 = rest;
        usize::try_from(u64::from_le_bytes(*number)).map_err(|_| damaged())
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Error> {
        let length = self.number()?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(super) fn text(&mut self) -> Result<String, Error> {
        std::str::from_utf8(self.bytes()?).map(str::to_owned).map_err(|_| damaged())
    }

    pub(super) fn texts(&mut self) -> Result<Vec<String>, Error> {
        (0..self.number()?).map(|_| self.text()).collect()
    }

    pub(super) fn end(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(damaged()) }
    }
}

pub(super) fn damaged() -> Error {
    Error::Pack("the natives' pack is damaged, or no pack at all; build it again".into())
}

/// FNV-1a over words: damage is found, attacks are not; a pack is code, and has to be trusted anyway.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    });
    let mixed =
        words.fold(0xcbf2_9ce4_8422_2325, |sum: u64, word| (sum ^ word).wrapping_mul(0x100_0000_01b3).rotate_left(23));
    mixed ^ bytes.len() as u64
}
