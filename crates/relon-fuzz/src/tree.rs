//! Programs as trees of text: enough structure to write them, to count what they consist of, and to make them smaller.
//!
//! A tree knows the type of value that it stands for, so that it can change places with any other of its type. Whether the result is
//! still a program is not asked here but of the checker.

use std::collections::BTreeSet;

/// A piece of a program.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The construct, as it is counted.
    pub name: &'static str,
    /// The type of the value, written out; empty for what is no expression.
    pub ty: String,
    /// The text, in order.
    pub parts: Vec<Part>,
    /// The parameter of `#main` that this declares, if any: with it goes its argument.
    pub parameter: Option<String>,
}

/// A part of a tree's text.
#[derive(Clone, Debug)]
pub enum Part {
    /// Itself.
    Text(String),
    /// A tree that has to be there.
    Tree(Tree),
    /// Trees with something between, of which some may be left out.
    List {
        /// The trees.
        items: Vec<Tree>,
        /// What stands between them.
        between: &'static str,
        /// So many must stay.
        least: usize,
    },
}

impl Tree {
    /// A tree that is nothing but text.
    pub fn leaf(name: &'static str, ty: impl Into<String>, text: impl Into<String>) -> Self {
        Tree { name, ty: ty.into(), parts: vec![Part::Text(text.into())], parameter: None }
    }

    /// A tree whose text is `pattern` with `children` in the places of the `@`s.
    ///
    /// # Panics
    /// Where there are not as many of the one as of the other.
    pub fn new(name: &'static str, ty: impl Into<String>, pattern: &str, children: Vec<Tree>) -> Self {
        Tree::of_parts(name, ty, pattern, children.into_iter().map(Part::Tree).collect())
    }

    /// Like [`Tree::new`], with parts of every kind.
    ///
    /// # Panics
    /// Where there are not as many of the one as of the other.
    pub fn of_parts(name: &'static str, ty: impl Into<String>, pattern: &str, children: Vec<Part>) -> Self {
        let mut children = children.into_iter();
        let mut parts = Vec::new();
        for (index, text) in pattern.split('@').enumerate() {
            if index > 0 {
                parts.push(children.next().unwrap_or_else(|| panic!("too few children for `{pattern}`")));
            }
            if !text.is_empty() {
                parts.push(Part::Text(text.to_owned()));
            }
        }
        assert!(children.next().is_none(), "too many children for `{pattern}`");
        Tree { name, ty: ty.into(), parts, parameter: None }
    }

    /// The text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        for part in &self.parts {
            match part {
                Part::Text(own) => text.push_str(own),
                Part::Tree(tree) => tree.write(text),
                Part::List { items, between, .. } => {
                    for (index, item) in items.iter().enumerate() {
                        text.push_str(if index > 0 { between } else { "" });
                        item.write(text);
                    }
                }
            }
        }
    }

    /// The constructs in this tree.
    pub fn names(&self) -> BTreeSet<&'static str> {
        let mut names = BTreeSet::new();
        self.add_names(&mut names);
        names
    }

    fn add_names(&self, names: &mut BTreeSet<&'static str>) {
        names.insert(self.name);
        self.children().for_each(|child| child.add_names(names));
    }

    /// The trees right below.
    pub fn children(&self) -> impl Iterator<Item = &Tree> {
        self.parts.iter().flat_map(|part| match part {
            Part::Text(_) => [].iter(),
            Part::Tree(tree) => std::slice::from_ref(tree).iter(),
            Part::List { items, .. } => items.iter(),
        })
    }

    /// The number of trees in this one, itself included.
    pub fn size(&self) -> usize {
        1 + self.children().map(Tree::size).sum::<usize>()
    }

    /// The tree at a position, counted from 0 for the whole, each before those in it.
    pub fn at(&mut self, position: usize) -> Option<&mut Tree> {
        if position == 0 {
            return Some(self);
        }
        let mut rest = position - 1;
        for child in self.children_mut() {
            let size = child.size();
            if rest < size {
                return child.at(rest);
            }
            rest -= size;
        }
        None
    }

    fn children_mut(&mut self) -> impl Iterator<Item = &mut Tree> {
        self.parts.iter_mut().flat_map(|part| match part {
            Part::Text(_) => [].iter_mut(),
            Part::Tree(tree) => std::slice::from_mut(tree).iter_mut(),
            Part::List { items, .. } => items.iter_mut(),
        })
    }

    /// All trees below that stand for a value of this type, small ones first.
    pub fn of_type(&self, ty: &str) -> Vec<Tree> {
        let mut found = Vec::new();
        self.children().for_each(|child| child.collect(ty, &mut found));
        found.sort_by_key(Tree::size);
        found
    }

    fn collect(&self, ty: &str, found: &mut Vec<Tree>) {
        if self.ty == ty {
            found.push(self.clone());
        }
        self.children().for_each(|child| child.collect(ty, found));
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn positions_go_through_the_tree_in_the_order_of_its_text() {
        let leaf = |text: &str| Tree::leaf("literal", "Int", text);
        let mut sum =
            Tree::new("sum", "Int", "(@ + @)", vec![Tree::new("minus", "Int", "-@", vec![leaf("1")]), leaf("2")]);
        assert_eq!(sum.text(), "(-1 + 2)");
        let texts: Vec<String> = (0..sum.size()).filter_map(|position| Some(sum.at(position)?.text())).collect();
        assert_eq!(texts, ["(-1 + 2)", "-1", "1", "2"]);
        assert_eq!(sum.of_type("Int").len(), 3);
    }
}
