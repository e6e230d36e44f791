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
mod given;
mod import;
mod library;
mod matching;
mod module;
mod native;
mod operator;
mod postfix;
mod schema;
mod scope;
mod ty;

use std::collections::HashMap;

use relon_ir::{FileId, Span};
use relon_natives::descriptor::{Capability, Descriptor};
use relon_syntax::ast::{self, AstNode};

use crate::diagnostic::{Diagnostic, Severity};
use crate::hir::{
    ClosureId, Dict, DictId, Enum, Expr, ExprKind, Local, LocalId, Main, NativeId, Program, Record, RecordField,
    RecordId, Ty,
};
use crate::source::{Modules, SourceText};
use crate::types::{self, Declarations};
use dict::{DictScope, Members};
use module::FileModule;
use schema::{SchemaSyntax, TypeDefinition};
use scope::Scope;

/// What a program may use.
#[derive(Clone, Copy, Default)]
pub struct CheckOptions<'a> {
    /// The host's natives.
    pub natives: &'a [Descriptor],
    /// What the host grants.
    pub granted: &'a [Capability],
    /// Where imported files come from; without it no file can be imported.
    pub modules: Option<&'a dyn Modules>,
}

/// A source that was looked at.
#[derive(Debug)]
pub struct Checked {
    /// The source and the files that it imports, by `FileId`.
    pub files: Vec<SourceText>,
    /// The program, or why there is none.
    pub outcome: Result<Program, CheckError>,
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

/// Parses and checks a source and what it imports. `path` is how messages name it, and where relative imports start.
pub fn check(path: &str, source: &str, options: &CheckOptions<'_>) -> Checked {
    let mut checker = Checker::new(path, source, options);
    let outcome = checker.program(source);
    Checked { files: checker.files, outcome }
}

fn syntax_diagnostic(error: &relon_syntax::SyntaxError, file: FileId) -> Diagnostic {
    let span = Span { file, start: error.start, end: error.end };
    Diagnostic { hint: error.hint.clone(), ..Diagnostic::error("Parse", span, error.message.clone()) }
}

/// Operands of one chain beyond which the program is refused: deeper trees would endanger the stack.
const MAX_CHAIN: usize = 2000;

pub(crate) struct Checker<'a> {
    options: &'a CheckOptions<'a>,
    /// The source and the imported files so far.
    files: Vec<SourceText>,
    /// The file that is being checked.
    file: FileId,
    /// Imported files, and the dict that their values are entries of.
    modules: Vec<FileModule>,
    modules_dict: Dict,
    /// Where each schema is declared.
    schemas: HashMap<RecordId, SchemaSyntax>,
    diagnostics: Vec<Diagnostic>,
    records: Vec<Record>,
    shapes: HashMap<Vec<(String, Ty)>, RecordId>,
    enums: Vec<Enum>,
    locals: Vec<Local>,
    natives: Vec<Descriptor>,
    native_ids: HashMap<String, NativeId>,
    /// Types that the file declares, and those that it imports by name.
    types: HashMap<String, TypeDefinition>,
    imported_types: HashMap<String, TypeDefinition>,
    scopes: Vec<Scope>,
    dicts: HashMap<DictId, DictScope>,
    /// Functions of dict literals whose scope is closed.
    members: HashMap<DictId, Members>,
    /// Entries that are other names of functions.
    aliases: HashMap<(DictId, usize), (DictId, usize)>,
    /// Whether an import of all names failed, so that an unknown name may be one of them.
    has_broken_names: bool,
    /// The dict literal at the root of the file.
    root: Option<DictId>,
    next_dict: u32,
    next_closure: u32,
    /// The expression whose native may give its `Err` as a value, since it is matched on.
    caught: Option<ast::Expr>,
    /// Whether the code being checked can never run.
    is_dead: bool,
}

impl<'a> Checker<'a> {
    fn new(path: &str, source: &str, options: &'a CheckOptions<'a>) -> Self {
        Checker {
            options,
            files: vec![SourceText { path: path.to_owned(), text: source.to_owned() }],
            file: FileId::new(0),
            modules: Vec::new(),
            modules_dict: Dict { id: DictId(0), entries: Vec::new() },
            schemas: HashMap::new(),
            diagnostics: Vec::new(),
            records: Vec::new(),
            shapes: HashMap::new(),
            enums: Vec::new(),
            locals: Vec::new(),
            natives: Vec::new(),
            native_ids: HashMap::new(),
            types: HashMap::new(),
            imported_types: HashMap::new(),
            scopes: vec![Scope::globals()],
            dicts: HashMap::new(),
            members: HashMap::new(),
            aliases: HashMap::new(),
            has_broken_names: false,
            root: None,
            // The first is that of the imported files.
            next_dict: 1,
            next_closure: 0,
            caught: None,
            is_dead: false,
        }
    }

    fn program(&mut self, source: &str) -> Result<Program, CheckError> {
        let parse = relon_syntax::parse(source);
        if !parse.errors().is_empty() {
            let found = parse.errors().iter().map(|error| syntax_diagnostic(error, self.file));
            return Err(CheckError::Parse(found.collect()));
        }
        let document = parse.tree();
        let main = self.document(&document);
        self.check_given_functions(main.as_ref());
        let mut diagnostics = std::mem::take(&mut self.diagnostics);
        // Errors first: the first one is what is wrong with the program.
        diagnostics.sort_by_key(|diagnostic| {
            let span = diagnostic.span;
            (diagnostic.severity == Severity::Warning, span.file, span.start, span.end)
        });
        if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return Err(CheckError::Analyze(diagnostics));
        }
        let Some(main) = main else {
            return Err(CheckError::NoMain { span: self.span(&document), warnings: diagnostics });
        };
        let nothing = Dict { id: self.modules_dict.id, entries: Vec::new() };
        Ok(Program {
            files: self.files.iter().map(|file| file.path.clone()).collect(),
            records: std::mem::take(&mut self.records),
            enums: std::mem::take(&mut self.enums),
            locals: std::mem::take(&mut self.locals),
            natives: std::mem::take(&mut self.natives),
            modules: std::mem::replace(&mut self.modules_dict, nothing),
            main,
            warnings: diagnostics,
        })
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
            Some(declared) => self.adapt_result(value, declared),
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
        Span { file: self.file, start, end }
    }

    fn token_span(&self, token: &relon_syntax::SyntaxToken) -> Span {
        let range = token.text_range();
        Span { file: self.file, start: range.start().into(), end: range.end().into() }
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

    /// Shapes with the same names join field by field; others, and a shape and a Dict, become a Dict where all their values join.
    fn join_records(&mut self, a: &Ty, b: &Ty, span: Span) -> Option<Ty> {
        let is_schema = |ty: &Ty| matches!(ty, Ty::Record(id) if self.records[id.0 as usize].name.is_some());
        if is_schema(a) || is_schema(b) {
            return None;
        }
        if let (Ty::Record(a), Ty::Record(b)) = (a, b) {
            let fields = |id: &RecordId| {
                let record = &self.records[id.0 as usize];
                record.fields.iter().map(|field| (field.name.clone(), field.ty.clone())).collect::<Vec<_>>()
            };
            let (left, right) = (fields(a), fields(b));
            if left.iter().map(|(name, _)| name).eq(right.iter().map(|(name, _)| name)) {
                let pairs = left.into_iter().zip(right);
                let joined: Option<Vec<_>> =
                    pairs.map(|((name, a), (_, b))| Some((name, self.join(&a, &b, span)?))).collect();
                return joined.map(|fields| self.shape(fields, span));
            }
        }
        let mut value = Ty::Never;
        for ty in self.value_types(a).into_iter().chain(self.value_types(b)) {
            value = self.join(&value, &ty, span)?;
        }
        Some(Ty::Dict(value.into()))
    }
}

/// What stands for an expression with a mistake.
fn error_expr(span: Span) -> Expr {
    Expr { kind: ExprKind::Bool(false), ty: Ty::Error, span }
}
