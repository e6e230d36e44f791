//! The checker: names, types and everything else that can be wrong before a rule runs.
//!
//! Types flow in both directions: an expression is checked with the type that its place expects, if any, and gives its own. Entries of a
//! dict are checked when they are first referred to, wherever that is, so that their order does not matter. A mistake gives its
//! expression the type `Error`, which fits everywhere, so that one mistake is reported once.

mod attribute;
mod call;
mod closure;
mod dict;
mod expr;
mod import;
mod library;
mod matching;
mod native;
mod operator;
mod postfix;
mod schema;
mod scope;
mod size;
mod ty;

use std::collections::HashMap;

use relon_ir::{FileId, Span};
use relon_natives::descriptor::{Capability, Descriptor};
use relon_syntax::ast::{self, AstNode};

use crate::diagnostic::{Diagnostic, Severity};
use crate::hir::{
    ClosureId, DictId, Enum, Expr, ExprKind, Local, LocalId, Main, NativeId, Program, Record, RecordField, RecordId, Ty,
};
use crate::types::{self, Declarations};
use dict::DictScope;
use schema::TypeDefinition;
use scope::Scope;
use size::Sizes;

/// What a program may use.
#[derive(Clone, Copy, Debug, Default)]
pub struct CheckOptions<'a> {
    /// The host's natives.
    pub natives: &'a [Descriptor],
    /// What the host grants.
    pub granted: &'a [Capability],
}

/// Why there is no checked program.
#[derive(Debug)]
pub enum CheckError {
    /// The source does not parse.
    Parse(Vec<Diagnostic>),
    /// The source parses and is wrong.
    Analyze(Vec<Diagnostic>),
    /// Nothing is wrong, but there is no `#main` and so no entry.
    NoMain {
        /// All of the source.
        span: Span,
        /// What is odd about it.
        warnings: Vec<Diagnostic>,
    },
}

/// Parses and checks a source.
///
/// # Errors
/// All that is wrong with it, at least one of them an error.
pub fn check(path: &str, source: &str, options: &CheckOptions<'_>) -> Result<Program, CheckError> {
    let parse = relon_syntax::parse(source);
    if !parse.errors().is_empty() {
        return Err(CheckError::Parse(parse.errors().iter().map(syntax_diagnostic).collect()));
    }
    let document = parse.tree();
    let mut checker = Checker::new(options);
    let main = checker.document(&document);
    checker.diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
    if checker.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(CheckError::Analyze(checker.diagnostics));
    }
    let Some(main) = main else {
        return Err(CheckError::NoMain { span: checker.span(&document), warnings: checker.diagnostics });
    };
    Ok(Program {
        files: vec![path.to_owned()],
        records: checker.records,
        enums: checker.enums,
        locals: checker.locals,
        natives: checker.natives,
        main,
        warnings: checker.diagnostics,
    })
}

fn syntax_diagnostic(error: &relon_syntax::SyntaxError) -> Diagnostic {
    let span = Span { file: FileId::new(0), start: error.start, end: error.end };
    Diagnostic { hint: error.hint.clone(), ..Diagnostic::error("Parse", span, error.message.clone()) }
}

/// Operands of one chain beyond which the program is refused: deeper trees would endanger the stack.
const MAX_CHAIN: usize = 2000;

pub(crate) struct Checker<'a> {
    options: &'a CheckOptions<'a>,
    diagnostics: Vec<Diagnostic>,
    records: Vec<Record>,
    shapes: HashMap<Vec<(String, Ty)>, RecordId>,
    enums: Vec<Enum>,
    locals: Vec<Local>,
    natives: Vec<Descriptor>,
    native_ids: HashMap<String, NativeId>,
    types: HashMap<String, TypeDefinition>,
    scopes: Vec<Scope>,
    dicts: HashMap<DictId, DictScope>,
    /// Entries that are other names of functions.
    aliases: HashMap<(DictId, usize), (DictId, usize)>,
    /// The dict literal at the root of the file.
    root: Option<DictId>,
    sizes: Sizes,
    next_dict: u32,
    next_closure: u32,
    /// The expression whose native may give its `Err` as a value, since it is matched on.
    caught: Option<ast::Expr>,
    /// Whether the code being checked can never run.
    is_dead: bool,
}

impl<'a> Checker<'a> {
    fn new(options: &'a CheckOptions<'a>) -> Self {
        Checker {
            options,
            diagnostics: Vec::new(),
            records: Vec::new(),
            shapes: HashMap::new(),
            enums: Vec::new(),
            locals: Vec::new(),
            natives: Vec::new(),
            native_ids: HashMap::new(),
            types: HashMap::new(),
            scopes: vec![Scope::globals()],
            dicts: HashMap::new(),
            aliases: HashMap::new(),
            root: None,
            sizes: Sizes::default(),
            next_dict: 0,
            next_closure: 0,
            caught: None,
            is_dead: false,
        }
    }

    fn document(&mut self, document: &ast::Document) -> Option<Main> {
        let attributes: Vec<_> = document.attributes().collect();
        let root = document.root()?;
        self.file_attributes(&attributes, &root);
        let mains = attributes.iter().filter_map(|attribute| match attribute {
            ast::Attribute::Main(main) => Some(main.clone()),
            _ => None,
        });
        let mains: Vec<ast::MainDirective> = mains.collect();
        for second in mains.iter().skip(1) {
            let first = self.span(&mains[0]);
            let span = self.span(second);
            let message = "a file has one `#main`";
            self.report(Diagnostic::error("DuplicateMainDirective", span, message).related(first, "the first one"));
        }
        let Some(main) = mains.first() else {
            self.root_expr(&root, None);
            return None;
        };
        Some(self.main(main, &root))
    }

    fn main(&mut self, main: &ast::MainDirective, root: &ast::Expr) -> Main {
        let params = self.main_params(main);
        let span = self.span(main);
        let declared = main.result().and_then(|ty| self.main_result(&ty, root));
        let value = self.root_expr(root, declared.as_ref());
        let body = match &declared {
            Some(declared) => {
                let mut body = self.adapt_result(value, declared);
                blame_result(&mut body);
                body
            }
            None => self.result_data(value),
        };
        Main { params, result: body.ty.clone(), body, span }
    }

    fn main_params(&mut self, main: &ast::MainDirective) -> Vec<LocalId> {
        let mut ids = Vec::new();
        for param in main.params().map(|list| list.params()).unwrap_or_default() {
            let Some(name) = param.name() else { continue };
            let span = self.token_span(&name);
            let ty = match param.ty() {
                Some(ty) => self.data_ty(&ty),
                None => {
                    let message = format!("parameter `{}` of `#main` has no type", name.text());
                    self.report(Diagnostic::error("UnknownTypeName", span, message).hint("write `Type name`"));
                    Ty::Error
                }
            };
            let id = self.add_local(name.text(), ty, span);
            if self.scopes[0].bind(name.text(), id).is_some() {
                let message = format!("parameter `{}` is there twice", name.text());
                let span = self.span(&param);
                self.report(Diagnostic::error("DuplicateMainParam", span, message));
            }
            ids.push(id);
        }
        ids
    }

    /// A result that has a JSON form.
    fn result_data(&mut self, value: Expr) -> Expr {
        if !expr::holds_function(&value.ty) {
            return value;
        }
        let message = "a function has no JSON form, so it cannot be the result";
        self.mistake(Diagnostic::error("UnsupportedClosure", value.span, message).hint("call it"))
    }

    /// The declared result type; none where it is the bare `Dict` that stands for the shape of the literal.
    fn main_result(&mut self, ty: &ast::Type, root: &ast::Expr) -> Option<Ty> {
        match ty {
            ast::Type::Path(path) if path.name() == "Dict" && !path.has_brackets() => {
                let is_literal = matches!(root, ast::Expr::Dict(_));
                if is_literal { None } else { Some(self.data_ty(ty)) }
            }
            _ => Some(self.data_ty(ty)),
        }
    }

    /// The root expression; predicates of schemas are checked within its scope, since they may use its functions.
    fn root_expr(&mut self, root: &ast::Expr, expected: Option<&Ty>) -> Expr {
        let expr = self.expr(root, expected);
        // A root that is no dict literal has no functions to offer.
        if self.root.is_none() {
            self.schema_bodies();
        }
        expr
    }

    // Small tools.

    fn span(&self, node: &impl AstNode) -> Span {
        let (start, end) = node.range();
        Span { file: FileId::new(0), start, end }
    }

    fn token_span(&self, token: &relon_syntax::SyntaxToken) -> Span {
        let range = token.text_range();
        Span { file: FileId::new(0), start: range.start().into(), end: range.end().into() }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reports a mistake and gives the expression that stands for it.
    fn mistake(&mut self, diagnostic: Diagnostic) -> Expr {
        let span = diagnostic.span;
        self.report(diagnostic);
        error_expr(span)
    }

    /// Refuses a construct that the language has and this implementation does not.
    fn unsupported(&mut self, span: Span, construct: &str, hint: &str) -> Expr {
        let message = format!("{construct} is not supported");
        self.mistake(Diagnostic::error("UnsupportedConstruct", span, message).hint(hint))
    }

    fn add_local(&mut self, name: &str, ty: Ty, span: Span) -> LocalId {
        let ty = self.sized(ty, span);
        self.locals.push(Local { name: name.to_owned(), ty, span });
        LocalId(self.locals.len() as u32 - 1)
    }

    fn new_dict(&mut self) -> DictId {
        self.next_dict += 1;
        DictId(self.next_dict - 1)
    }

    fn new_closure(&mut self) -> ClosureId {
        self.next_closure += 1;
        ClosureId(self.next_closure - 1)
    }

    fn declarations(&self) -> Declarations<'_> {
        Declarations { records: &self.records, enums: &self.enums }
    }

    fn show(&self, ty: &Ty) -> String {
        self.declarations().show(ty)
    }

    /// The shape with these fields; equal shapes are one.
    fn shape(&mut self, mut fields: Vec<(String, Ty)>, span: Span) -> Ty {
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        if let Some(id) = self.shapes.get(&fields) {
            return Ty::Record(*id);
        }
        let id = RecordId(self.records.len() as u32);
        let field = |(name, ty): &(String, Ty)| RecordField {
            name: name.clone(),
            ty: ty.clone(),
            span,
            is_checked: false,
            predicates: Vec::new(),
            message: None,
            default: None,
        };
        self.records.push(Record { name: None, fields: fields.iter().map(field).collect(), bases: Vec::new() });
        self.shapes.insert(fields, id);
        Ty::Record(id)
    }

    /// The type that values of both types have, if there is one.
    fn join(&mut self, a: &Ty, b: &Ty, span: Span) -> Option<Ty> {
        types::join(a, b, &mut |a, b| self.join_records(a, b, span))
    }

    /// Shapes with the same names join field by field; others become a Dict where all their fields join.
    fn join_records(&mut self, a: RecordId, b: RecordId, span: Span) -> Option<Ty> {
        let fields = |id: RecordId| {
            let record = &self.records[id.0 as usize];
            record.fields.iter().map(|field| (field.name.clone(), field.ty.clone())).collect::<Vec<_>>()
        };
        if [a, b].iter().any(|id| self.records[id.0 as usize].name.is_some()) {
            return None;
        }
        let (left, right) = (fields(a), fields(b));
        if left.iter().map(|(name, _)| name).eq(right.iter().map(|(name, _)| name)) {
            let pairs = left.into_iter().zip(right);
            let joined: Option<Vec<_>> =
                pairs.map(|((name, a), (_, b))| Some((name, self.join(&a, &b, span)?))).collect();
            return joined.map(|fields| self.shape(fields, span));
        }
        let mut value = Ty::Never;
        for (_, ty) in left.iter().chain(&right) {
            value = self.join(&value, ty, span)?;
        }
        Some(Ty::Dict(value.into()))
    }
}

/// Parts of the root expression that were checked against the result type one by one fail as the result.
fn blame_result(expr: &mut Expr) {
    match &mut expr.kind {
        ExprKind::Adapt(adapt) => {
            adapt.kind = adapt.kind.map(|_| relon_natives::TrapKind::MainReturnTypeMismatch);
            blame_result(&mut adapt.value);
        }
        ExprKind::List(items) => items.iter_mut().for_each(|item| match item {
            crate::hir::ListItem::Item(value) | crate::hir::ListItem::Spread(value) => blame_result(value),
        }),
        ExprKind::Tuple(items) => items.iter_mut().for_each(blame_result),
        ExprKind::If(_, yes, no) => {
            blame_result(yes);
            blame_result(no);
        }
        ExprKind::Match(_, arms) => arms.iter_mut().for_each(|arm| blame_result(&mut arm.body)),
        ExprKind::Where(_, body) | ExprKind::Some(body) => blame_result(body),
        _ => {}
    }
}

/// What stands for an expression with a mistake.
fn error_expr(span: Span) -> Expr {
    Expr { kind: ExprKind::Bool(false), ty: Ty::Error, span }
}
