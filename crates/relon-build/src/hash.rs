//! A hash of inputs, to know again what was made from them.

/// FNV-1a of parts and their lengths.
pub(crate) fn of(parts: &[&[u8]]) -> u64 {
    parts.iter().fold(0xcbf2_9ce4_8422_2325, |sum, part| bytes(bytes(sum, part), &part.len().to_le_bytes()))
}

fn bytes(sum: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(sum, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    #[test]
    fn parts_are_told_apart() {
        assert_ne!(super::of(&[b"ab", b"c"]), super::of(&[b"a", b"bc"]));
        assert_eq!(super::of(&[b"ab", b"c"]), super::of(&[b"ab", b"c"]));
    }
}
