//! Operators as values.

use crate::kind::SyntaxKind;

/// A prefix operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `!`
    Not,
}

/// A binary operator, the pipe included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `>`
    Gt,
    /// `<=`
    Le,
    /// `>=`
    Ge,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
    /// `|`
    Pipe,
}

impl UnaryOp {
    /// The operator that a token stands for.
    pub fn from_token(kind: SyntaxKind) -> Option<Self> {
        match kind {
            SyntaxKind::Minus => Some(Self::Neg),
            SyntaxKind::Bang => Some(Self::Not),
            _ => None,
        }
    }

    /// The operator as written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Neg => "-",
            Self::Not => "!",
        }
    }
}

impl BinaryOp {
    /// The operator that a token stands for.
    pub fn from_token(kind: SyntaxKind) -> Option<Self> {
        Some(match kind {
            SyntaxKind::PipePipe => Self::Or,
            SyntaxKind::AmpAmp => Self::And,
            SyntaxKind::EqEq => Self::Eq,
            SyntaxKind::NotEq => Self::Ne,
            SyntaxKind::Lt => Self::Lt,
            SyntaxKind::Gt => Self::Gt,
            SyntaxKind::LtEq => Self::Le,
            SyntaxKind::GtEq => Self::Ge,
            SyntaxKind::Plus => Self::Add,
            SyntaxKind::Minus => Self::Sub,
            SyntaxKind::Star => Self::Mul,
            SyntaxKind::Slash => Self::Div,
            SyntaxKind::Percent => Self::Rem,
            SyntaxKind::Pipe => Self::Pipe,
            _ => return None,
        })
    }

    /// How tightly it binds: a higher number binds tighter.
    pub fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Eq | Self::Ne => 3,
            Self::Lt | Self::Gt | Self::Le | Self::Ge => 4,
            Self::Add | Self::Sub => 5,
            Self::Mul | Self::Div | Self::Rem => 6,
            Self::Pipe => 7,
        }
    }

    /// The operator as written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Gt => ">",
            Self::Le => "<=",
            Self::Ge => ">=",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Rem => "%",
            Self::Pipe => "|",
        }
    }
}
