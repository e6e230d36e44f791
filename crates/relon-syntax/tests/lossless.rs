//! Whatever the text, parsing ends without a panic and the tree holds every byte of it.

use relon_syntax::{AstNode, SyntaxKind, parse};

const EVERYTHING: &str = include_str!("samples/everything.relon");

fn check(source: &str) -> usize {
    let parse = parse(source);
    assert_eq!(parse.tree.syntax().text().to_string(), source);
    for error in &parse.errors {
        assert!(error.range.start <= error.range.end && error.range.end as usize <= source.len(), "{error:?}");
    }
    parse.errors.len()
}

/// A small generator of numbers that are the same on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    fn boundary(&mut self, text: &str) -> usize {
        text.floor_char_boundary(self.below(text.len() + 1))
    }
}

#[test]
fn the_whole_grammar_is_accepted() {
    let parse = parse(EVERYTHING);
    assert_eq!(parse.errors, []);
    assert_eq!(check(EVERYTHING), 0);
}

#[test]
fn nodes_have_no_white_space_at_their_ends() {
    let parse = parse(EVERYTHING);
    for node in parse.tree.syntax().descendants().skip(1) {
        let text = node.text().to_string();
        assert_eq!(text, text.trim(), "{:?}", node.kind());
        let ends = [node.first_token(), node.last_token()];
        assert!(ends.iter().flatten().all(|token| !token.kind().is_trivia()), "{:?}", node.kind());
        assert_ne!(node.kind(), SyntaxKind::Error);
    }
}

#[test]
fn truncated_sources_keep_their_text() {
    for end in (0..EVERYTHING.len()).filter(|&end| EVERYTHING.is_char_boundary(end)) {
        check(&EVERYTHING[..end]);
        check(&EVERYTHING[end..]);
    }
}

#[test]
fn damaged_sources_keep_their_text() {
    let pieces = [
        "{", "}", "(", ")", "[", "]", "<", ">", "f\"", "${", "\"", "#", "@", "&", "?", ".", "...", ",", ":", "=>",
        "->", "=", "1.5", "0x", "match {", "where {", "for", "é", "\u{feff}", "\\", "//", "/*", "-", "++", "_",
        "#main(", "r#\"", "*",
    ];
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in 0..3000 {
        let mut text = EVERYTHING.to_owned();
        for _ in 0..=random.below(4) {
            let (a, b) = (random.boundary(&text), random.boundary(&text));
            let removed = a.min(b)..a.max(b).min(text.ceil_char_boundary(a.min(b) + 12));
            text.replace_range(removed.start..removed.end.max(removed.start), pieces[random.below(pieces.len())]);
        }
        check(&text);
    }
}

#[test]
fn token_salad_keeps_its_text() {
    let words: Vec<&str> = EVERYTHING.split_whitespace().collect();
    let mut random = Random(42);
    for _ in 0..1000 {
        let salad: Vec<&str> = (0..40).map(|_| words[random.below(words.len())]).collect();
        check(&salad.join(" "));
    }
}
