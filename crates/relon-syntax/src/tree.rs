//! Events to the lossless tree.
//!
//! White space and comments, which the parser has not seen, go before the node or token that follows them, into the
//! innermost node that is open already: so no node but the document begins or ends with them.
//!
//! The nodes are made here rather than by the tree library's builder, because that one looks for equal nodes in a hash
//! table, and hashes a whole chain again for each of its links when the table grows.

use rowan::{GreenNode, GreenToken, Language, NodeOrToken};

use crate::error::SyntaxError;
use crate::kind::{Relon, SyntaxKind};
use crate::lexer::Token;
use crate::parser::Event;

/// How deep the tree may be. Nesting is limited by the parser; this limits chains such as `1 + 1 + ..`, whose tree is
/// as deep as they are long, so that whoever walks a tree recursively knows what stack to provide.
const MAX_DEPTH: usize = 2048;

struct Builder<'s> {
    source: &'s str,
    tokens: &'s [Token],
    next_token: usize,
    position: u32,
    /// Finished children of the open nodes.
    children: Vec<NodeOrToken<GreenNode, GreenToken>>,
    /// Kinds of the open nodes and where their children begin.
    open: Vec<(SyntaxKind, usize)>,
    /// The number of nodes that are open, those left out included.
    depth: usize,
    too_deep: Option<u32>,
}

/// Builds the tree; an error says that it was cut off at the deepest level.
pub(crate) fn build(source: &str, tokens: &[Token], mut events: Vec<Event>) -> (GreenNode, Option<SyntaxError>) {
    let mut builder = Builder::new(source, tokens);
    let mut kinds = Vec::new();
    for index in 0..events.len() {
        match std::mem::replace(&mut events[index], Event::Nothing) {
            Event::Start { kind, parent } => {
                wrapping_kinds(&mut events, index, kind, parent, &mut kinds);
                kinds.drain(..).rev().for_each(|kind| builder.start(kind));
            }
            Event::Finish => builder.finish(),
            Event::Token { kind, length } => builder.token(kind, length),
            Event::Nothing => {}
        }
    }
    let error = builder.too_deep.map(too_deep);
    (builder.root(), error)
}

/// The kinds of a node and of all nodes that wrap it and begin with it, innermost first.
fn wrapping_kinds(events: &mut [Event], index: usize, kind: SyntaxKind, parent: u32, kinds: &mut Vec<SyntaxKind>) {
    kinds.push(kind);
    let (mut at, mut distance) = (index, parent as usize);
    while distance != 0 {
        at += distance;
        distance = 0;
        if let Event::Start { kind, parent } = std::mem::replace(&mut events[at], Event::Nothing) {
            kinds.push(kind);
            distance = parent as usize;
        }
    }
}

fn too_deep(position: u32) -> SyntaxError {
    SyntaxError::new(format!("this expression is more than {MAX_DEPTH} operations deep"), position..position + 1)
        .with_hint("give parts of it names, with `where` or as fields, or build a list and fold it")
}

impl<'s> Builder<'s> {
    fn new(source: &'s str, tokens: &'s [Token]) -> Self {
        let (children, open) = (Vec::new(), Vec::new());
        Self { source, tokens, next_token: 0, position: 0, children, open, depth: 0, too_deep: None }
    }

    fn root(&mut self) -> GreenNode {
        match self.children.pop() {
            Some(NodeOrToken::Node(root)) => root,
            _ => unreachable!("the grammar's first node is the document, which holds all others"),
        }
    }

    fn start(&mut self, kind: SyntaxKind) {
        if self.depth > 0 {
            self.trivia();
        }
        if self.depth < MAX_DEPTH {
            self.open.push((kind, self.children.len()));
        } else {
            self.too_deep.get_or_insert(self.position);
        }
        self.depth += 1;
    }

    fn finish(&mut self) {
        if self.depth == 1 {
            self.trivia();
        }
        self.depth -= 1;
        if self.depth < MAX_DEPTH
            && let Some((kind, first)) = self.open.pop()
        {
            let node = GreenNode::new(Relon::kind_to_raw(kind), self.children.drain(first..));
            self.children.push(NodeOrToken::Node(node));
        }
    }

    fn token(&mut self, kind: SyntaxKind, length: u32) {
        self.trivia();
        self.leaf(kind, length);
        if self.tokens[self.next_token].end <= self.position {
            self.next_token += 1;
        }
    }

    fn trivia(&mut self) {
        while let Some(token) = self.tokens.get(self.next_token)
            && token.kind.is_trivia()
        {
            self.leaf(token.kind, token.end - token.start);
            self.next_token += 1;
        }
    }

    fn leaf(&mut self, kind: SyntaxKind, length: u32) {
        let end = self.position + length;
        let text = &self.source[self.position as usize..end as usize];
        self.children.push(NodeOrToken::Token(GreenToken::new(Relon::kind_to_raw(kind), text)));
        self.position = end;
    }
}
