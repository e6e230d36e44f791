//! Memory for arguments, built without pointers first: an image grows, so addresses are known only when it is done.

use relon_ir::layout::{LENGTH_OFFSET, Layout};

/// The arguments of one call in the layout of their types.
///
/// Places are offsets from the start of the image; [`Image::finish`] turns those that were stored as pointers into addresses.
#[derive(Debug, Default)]
pub(crate) struct Image {
    // Words, so that the memory is aligned for every value.
    words: Vec<u64>,
    used: usize,
    pointers: Vec<(usize, usize)>,
}

impl Image {
    /// Adds zeroed room for `count` values and gives its place.
    pub(crate) fn reserve(&mut self, layout: Layout, count: usize) -> usize {
        let place = self.used.next_multiple_of(layout.align as usize);
        self.used = place + layout.size as usize * count;
        self.words.resize(self.used.div_ceil(8), 0);
        place
    }

    /// What there is now, for [`Self::undo`].
    pub(crate) fn mark(&self) -> usize {
        self.pointers.len()
    }

    /// Forgets what was stored since the mark at a place of this layout.
    pub(crate) fn undo(&mut self, mark: usize, place: usize, layout: Layout) {
        self.pointers.truncate(mark);
        self.write(place, &vec![0; layout.size as usize]);
    }

    fn write(&mut self, place: usize, bytes: &[u8]) {
        for (at, byte) in (place..).zip(bytes) {
            let shift = 8 * (at % 8);
            let word = &mut self.words[at / 8];
            let value = u64::from_ne_bytes(word.to_ne_bytes());
            *word = if cfg!(target_endian = "little") {
                value & !(0xff << shift) | u64::from(*byte) << shift
            } else {
                value & !(0xff << (56 - shift)) | u64::from(*byte) << (56 - shift)
            };
        }
    }

    /// Stores eight bytes.
    pub(crate) fn write_word(&mut self, place: usize, value: u64) {
        debug_assert_eq!(place % 8, 0, "words are aligned");
        self.words[place / 8] = value;
    }

    /// Stores four bytes.
    pub(crate) fn write_tag(&mut self, place: usize, value: u32) {
        self.write(place, &value.to_ne_bytes());
    }

    /// Stores one byte.
    pub(crate) fn write_bool(&mut self, place: usize, value: bool) {
        self.write(place, &[u8::from(value)]);
    }

    /// Stores a pointer to another place.
    pub(crate) fn write_pointer(&mut self, place: usize, target: usize) {
        self.pointers.push((place, target));
    }

    /// Stores pointer and length of a string, list or dict whose elements are at `target`.
    pub(crate) fn write_slice(&mut self, place: usize, target: usize, length: usize) {
        self.write_pointer(place, target);
        self.write_word(place + LENGTH_OFFSET as usize, length as u64);
    }

    /// Adds a text and stores it at `place`.
    pub(crate) fn write_text(&mut self, place: usize, text: &str) {
        let target = self.reserve(Layout { size: 1, align: 1 }, text.len());
        self.write(target, text.as_bytes());
        self.write_slice(place, target, text.len());
    }

    /// Resolves the pointers. The image must not be changed afterwards, which this type sees to.
    pub(crate) fn finish(mut self) -> FinishedImage {
        // An empty image has no allocation, and a pointer past its end needs one word to point at.
        self.words.push(0);
        let base = self.words.as_ptr().expose_provenance();
        for (place, target) in std::mem::take(&mut self.pointers) {
            self.words[place / 8] = (base + target) as u64;
        }
        FinishedImage { words: self.words }
    }
}

/// An image whose pointers are addresses.
#[derive(Debug)]
pub(crate) struct FinishedImage {
    words: Vec<u64>,
}

impl FinishedImage {
    /// The address of a place.
    pub(crate) fn address(&self, place: usize) -> *const u8 {
        self.words.as_ptr().cast::<u8>().wrapping_add(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_land_in_memory_order() {
        let mut image = Image::default();
        let slot = image.reserve(relon_ir::layout::SLICE, 1);
        image.write_text(slot, "relon!");
        let finished = image.finish();
        let pointer = finished.words[0] as usize;
        assert_eq!(pointer, finished.address(16).addr());
        assert_eq!(finished.words[1], 6);
        assert_eq!(&finished.words[2].to_ne_bytes()[..6], b"relon!");
    }
}
