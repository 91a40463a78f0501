//! The TypeScript types of the npm package, made from the Rust definitions: of every type whose JSON JavaScript is given, its
//! fields, words and documentation, as serde writes them. What this does not know how to read is an error, not a guess.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use syn::punctuated::Punctuated;
use syn::{
    Attribute, Expr, ExprLit, Fields, GenericArgument, Item, ItemEnum, ItemStruct, Lit, Meta, PathArguments,
    Token, Type, UseTree,
};

use crate::{Outcome, read, root, write};

/// Where the types stand.
pub(crate) const FILE: &str = "npm/types.d.ts";

/// What functions of the engine give, by module: the types that these are made of follow from them.
const ROOTS: [(&str, &str); 12] = [
    ("lint", "LintReport"),
    ("wasm/mending", "Mended"),
    ("senders", "SenderReading"),
    ("report", "Report"),
    ("evidence", "Evidence"),
    ("wasm/check", "Checked"),
    ("wasm/check", "ReadDomain"),
    ("draft", "Against"),
    ("wasm/setup", "Made"),
    ("setup", "Wishes"),
    ("wasm/setup", "Planned"),
    ("history", "Published"),
];

/// Types that are called otherwise in Rust, where modules keep them apart.
const NAMES: [(&str, &str, &str); 11] = [
    ("evidence", "Field", "HeaderField"),
    ("dns", "Kind", "RecordType"),
    ("lint", "Kind", "LintKind"),
    ("draft", "Change", "LineChange"),
    ("draft", "Line", "DiffLine"),
    ("plan", "Change", "PlanChange"),
    ("setup", "Note", "SetUpNote"),
    ("setup", "Reason", "SetUpReason"),
    ("wasm/mending", "Mended", "Fixed"),
    ("wasm/setup", "Written", "WrittenForm"),
    ("wasm/setup", "Named", "WebHost"),
];

/// Types that write themselves, and what they write.
const BY_HAND: [(&str, &str); 3] = [
    // base64
    ("Bytes", "string"),
    ("MxPattern", "string"),
    (
        "Reported",
        "'sts-policy-invalid' | 'sts-webpki-invalid' | 'sts-policy-fetch-error' | 'mx-not-matched' | SmtpResult",
    ),
];

/// Types that serde writes as the text they are made from.
const TEXTS: [&str; 8] = ["String", "str", "IpAddr", "Ipv4Addr", "Ipv6Addr", "Domain", "Host", "Selector"];
const NUMBERS: [&str; 11] = ["u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize", "f64"];
/// Conditions that leave a field out in builds alone that the package does not have.
const NEVER_LEFT_OUT: [&str; 1] = ["is_looked_up"];

/// Writes the types.
pub(crate) fn update() -> Outcome {
    write(&root().join(FILE), &generate()?)
}

/// The types, as the Rust definitions have them now.
fn generate() -> Outcome<String> {
    let mut crate_ = Definitions::default();
    crate_.collect(&root().join("src"), &[])?;
    let mut out = String::from(
        "// Made from the Rust definitions by `cargo xtask types`; do not edit.\n\
         // Fields may be added under the same `schema`. None is renamed or given another meaning.\n",
    );
    let mut queue: VecDeque<(String, String)> =
        ROOTS.iter().map(|(module, name)| ((*module).to_owned(), (*name).to_owned())).collect();
    let mut done = BTreeSet::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    while let Some((module, name)) = queue.pop_front() {
        if !done.insert((module.clone(), name.clone())) {
            continue;
        }
        let exported = exported(&module, &name);
        if let Some(other) = names.insert(exported.clone(), module.clone()) {
            return Err(format!(
                "{exported} is the name of a type in {other} and of one in {module}: name one in NAMES"
            ));
        }
        let definition = crate_.find(&module, &name)?;
        let mut writer = Writer { crate_: &crate_, definition, found: Vec::new() };
        let text = writer.write(&exported).map_err(|error| format!("{module}::{name}: {error}"))?;
        queue.extend(writer.found);
        out.push('\n');
        out.push_str(&text);
    }
    Ok(out)
}

fn exported(module: &str, name: &str) -> String {
    let renamed = NAMES.iter().find(|(of, known, _)| *of == module && *known == name);
    renamed.map_or(name, |(_, _, exported)| exported).to_owned()
}

/// Every type of the crate that serde reads or writes.
#[derive(Default)]
struct Definitions {
    all: Vec<Definition>,
}

struct Definition {
    /// The module at the top of the crate whose part it is.
    module: String,
    item: Either,
    /// What the file calls by a short name, and the module at the top that it is from.
    uses: BTreeMap<String, Vec<String>>,
}

enum Either {
    Struct(ItemStruct),
    Enum(ItemEnum),
}

impl Either {
    fn attributes(&self) -> &[Attribute] {
        match self {
            Self::Struct(item) => &item.attrs,
            Self::Enum(item) => &item.attrs,
        }
    }
}

impl Definitions {
    fn collect(&mut self, folder: &Path, within: &[String]) -> Outcome {
        let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let within: Vec<String> = within.iter().cloned().chain([stem]).collect();
            if path.is_dir() {
                self.collect(&path, &within)?;
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                // The builds of the engine call different things by one name, as each is compiled alone.
                let module = if within.first().is_some_and(|top| top == "wasm") {
                    within.join("/")
                } else {
                    within.into_iter().next().unwrap_or_default()
                };
                self.collect_file(&path, &module)?;
            }
        }
        Ok(())
    }

    fn collect_file(&mut self, path: &Path, module: &str) -> Outcome {
        let file = syn::parse_file(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut uses = BTreeMap::new();
        for item in &file.items {
            if let Item::Use(item) = item {
                used(&item.tree, &mut Vec::new(), &mut uses);
            }
        }
        for item in file.items {
            let item = match item {
                Item::Struct(item) => Either::Struct(item),
                Item::Enum(item) => Either::Enum(item),
                _ => continue,
            };
            if derives(item.attributes())? {
                self.all.push(Definition { module: module.to_owned(), item, uses: uses.clone() });
            }
        }
        Ok(())
    }

    fn find(&self, module: &str, name: &str) -> Outcome<&Definition> {
        let mut found = self.all.iter().filter(|one| one.module == module && one.name() == name);
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(format!("there is no type {module}::{name} that serde writes")),
            (Some(_), Some(_)) => Err(format!("there are two types {module}::{name}")),
        }
    }

    /// Where the type stands that `from` calls by this name.
    fn resolve(&self, from: &Definition, name: &str) -> Outcome<(String, String)> {
        if self.all.iter().any(|one| one.module == from.module && one.name() == name) {
            return Ok((from.module.clone(), name.to_owned()));
        }
        // `use crate::{LintKind}` names what the crate calls a type of a module of its own.
        let path = from.uses.get(name).cloned().unwrap_or_default();
        let real = if name == "LintKind" { "Kind" } else { name };
        let mut named = self.all.iter().filter(|one| one.name() == real);
        let by_path = self.all.iter().find(|one| one.name() == real && path.contains(&one.module));
        match (by_path, named.next(), named.next()) {
            (Some(one), ..) | (None, Some(one), None) => Ok((one.module.clone(), real.to_owned())),
            (None, None, _) => Err(format!("{name} is no type that is known here")),
            (None, Some(_), Some(_)) => Err(format!("{name} can be several types")),
        }
    }
}

impl Definition {
    fn name(&self) -> String {
        match &self.item {
            Either::Struct(item) => item.ident.to_string(),
            Either::Enum(item) => item.ident.to_string(),
        }
    }
}

/// The names that a `use` brings in, each with its path.
fn used(tree: &UseTree, path: &mut Vec<String>, uses: &mut BTreeMap<String, Vec<String>>) {
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            used(&part.tree, path, uses);
            path.pop();
        }
        UseTree::Name(name) => {
            uses.insert(name.ident.to_string(), path.clone());
        }
        UseTree::Rename(name) => {
            uses.insert(name.rename.to_string(), path.clone());
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| used(tree, path, uses)),
        UseTree::Glob(_) => {}
    }
}

/// Whether serde's reading or writing of a type is derived.
fn derives(attributes: &[Attribute]) -> Outcome<bool> {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        let paths = attribute.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated);
        let paths = paths.map_err(|error| error.to_string())?;
        if paths.iter().any(|path| path.is_ident("Serialize") || path.is_ident("Deserialize")) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What serde is told of a type, a variant or a field.
#[derive(Default)]
struct Serde {
    rename: Option<String>,
    rename_all: Option<String>,
    tag: Option<String>,
    flatten: bool,
    /// Whether it can be missing.
    optional: bool,
}

impl Serde {
    fn of(attributes: &[Attribute]) -> Outcome<Self> {
        let mut told = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            let metas = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
            for meta in metas.map_err(|error| error.to_string())? {
                let name = meta.path().get_ident().map(ToString::to_string).unwrap_or_default();
                let value = match &meta {
                    Meta::NameValue(pair) => Some(text_of(&pair.value)?),
                    Meta::Path(_) => None,
                    Meta::List(_) => return Err(format!("serde({name}(…)) is not known here")),
                };
                match (name.as_str(), value) {
                    ("rename", Some(value)) => told.rename = Some(value),
                    ("rename_all", Some(value)) => told.rename_all = Some(value),
                    ("tag", Some(value)) => told.tag = Some(value),
                    ("flatten", None) => told.flatten = true,
                    ("skip_serializing_if", Some(value)) => {
                        told.optional = !NEVER_LEFT_OUT.contains(&value.as_str());
                    }
                    // How it is read; what is written is a text in each case.
                    ("from" | "into" | "try_from", Some(_)) | ("default", _) => {}
                    (name, _) => return Err(format!("serde({name}) is not known here")),
                }
            }
        }
        Ok(told)
    }
}

fn text_of(value: &Expr) -> Outcome<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text.value()),
        _ => Err("an attribute has a value that is no text".into()),
    }
}

/// A Rust name in another case.
fn renamed(name: &str, case: Option<&str>) -> Outcome<String> {
    let hyphens = || {
        let mut words = String::new();
        for (index, c) in name.char_indices() {
            if c.is_uppercase() && index > 0 {
                words.push('-');
            }
            words.extend(c.to_lowercase());
        }
        words
    };
    match case {
        None => Ok(name.to_owned()),
        Some("lowercase") => Ok(name.to_lowercase()),
        Some("UPPERCASE") => Ok(name.to_uppercase()),
        Some("kebab-case") => Ok(hyphens()),
        Some(case) => Err(format!("the case {case} is not known here")),
    }
}

/// Writes a type, and notes what it is made of.
struct Writer<'c> {
    crate_: &'c Definitions,
    definition: &'c Definition,
    found: Vec<(String, String)>,
}

impl Writer<'_> {
    fn write(&mut self, name: &str) -> Outcome<String> {
        match &self.definition.item {
            Either::Struct(item) => {
                let mut text = docs(&item.attrs, "");
                let (fields, bases) = self.fields(&item.fields, "  ")?;
                let extends =
                    if bases.is_empty() { String::new() } else { format!(" extends {}", bases.join(", ")) };
                writeln!(text, "export interface {name}{extends} {{\n{fields}}}")
                    .map_err(|error| error.to_string())?;
                Ok(text)
            }
            Either::Enum(item) => {
                let told = Serde::of(&item.attrs)?;
                let mut text = docs(&item.attrs, "");
                writeln!(text, "export type {name} =").map_err(|error| error.to_string())?;
                for variant in &item.variants {
                    let own = Serde::of(&variant.attrs)?;
                    let word = match own.rename {
                        Some(word) => word,
                        None => renamed(&variant.ident.to_string(), told.rename_all.as_deref())?,
                    };
                    text.push_str(&docs(&variant.attrs, "  "));
                    let what = match (&told.tag, &variant.fields) {
                        (None, Fields::Unit) => format!("'{word}'"),
                        (None, Fields::Unnamed(fields)) if fields.unnamed.len() == 1 => {
                            let inner = self.type_of(&fields.unnamed[0].ty)?;
                            format!("{{ {}: {inner} }}", key(&word))
                        }
                        (None, Fields::Named(_)) => {
                            let (fields, _) = self.fields(&variant.fields, "    ")?;
                            format!("{{ {}: {{\n{fields}  }} }}", key(&word))
                        }
                        (Some(tag), Fields::Unit) => format!("{{ {tag}: '{word}' }}"),
                        (Some(tag), Fields::Named(_)) => {
                            let (fields, _) = self.fields(&variant.fields, "    ")?;
                            format!("{{\n    {tag}: '{word}';\n{fields}  }}")
                        }
                        _ => return Err(format!("the variant {word} has a form that is not known here")),
                    };
                    writeln!(text, "  | {what}").map_err(|error| error.to_string())?;
                }
                let end = text.trim_end().len();
                text.truncate(end);
                text.push_str(";\n");
                Ok(text)
            }
        }
    }

    /// The fields, and the types whose fields belong to it too.
    fn fields(&mut self, fields: &Fields, indent: &str) -> Outcome<(String, Vec<String>)> {
        let Fields::Named(fields) = fields else { return Err("it has fields without names".into()) };
        let (mut text, mut bases) = (String::new(), Vec::new());
        for field in &fields.named {
            let told = Serde::of(&field.attrs)?;
            let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            let name = told.rename.unwrap_or_else(|| name.trim_start_matches("r#").to_owned());
            if told.flatten {
                bases.push(self.type_of(&field.ty)?);
                continue;
            }
            let inner = option(&field.ty).filter(|_| told.optional);
            let kind = self.type_of(inner.unwrap_or(&field.ty))?;
            let mark = if told.optional { "?" } else { "" };
            text.push_str(&docs(&field.attrs, indent));
            writeln!(text, "{indent}{}{mark}: {kind};", key(&name)).map_err(|error| error.to_string())?;
        }
        Ok((text, bases))
    }

    fn type_of(&mut self, kind: &Type) -> Outcome<String> {
        let path = match kind {
            Type::Reference(reference) => return self.type_of(&reference.elem),
            Type::Array(array) => {
                let Expr::Lit(ExprLit { lit: Lit::Int(length), .. }) = &array.len else {
                    return Err("an array whose length is no number".into());
                };
                let length: usize = length.base10_parse().map_err(|error| error.to_string())?;
                let item = self.type_of(&array.elem)?;
                return Ok(format!("[{}]", vec![item; length].join(", ")));
            }
            Type::Tuple(tuple) => {
                let items: Vec<String> =
                    tuple.elems.iter().map(|item| self.type_of(item)).collect::<Outcome<_>>()?;
                return Ok(format!("[{}]", items.join(", ")));
            }
            Type::Path(path) => path.path.segments.last().ok_or("a path without a name")?,
            _ => return Err("a type of a form that is not known here".into()),
        };
        let name = path.ident.to_string();
        let arguments: Vec<&Type> = match &path.arguments {
            PathArguments::AngleBracketed(list) => list
                .args
                .iter()
                .filter_map(|argument| match argument {
                    GenericArgument::Type(kind) => Some(kind),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        match (name.as_str(), arguments.as_slice()) {
            ("bool", []) => Ok("boolean".into()),
            (text, []) if TEXTS.contains(&text) => Ok("string".into()),
            (number, []) if NUMBERS.contains(&number) => Ok("number".into()),
            ("Option", [inner]) => Ok(format!("{} | null", self.type_of(inner)?)),
            ("Box" | "Cow" | "Arc" | "Rc", [inner]) => self.type_of(inner),
            ("Vec", [inner]) => {
                let inner = self.type_of(inner)?;
                Ok(if inner.contains('|') { format!("({inner})[]") } else { format!("{inner}[]") })
            }
            ("BTreeMap" | "HashMap", [of, inner]) if self.type_of(of)? == "string" => {
                Ok(format!("Record<string, {}>", self.type_of(inner)?))
            }
            (name, []) => {
                if let Some((_, written)) = BY_HAND.iter().find(|(known, _)| *known == name) {
                    if written.contains("SmtpResult") {
                        self.found.push(self.crate_.resolve(self.definition, "SmtpResult")?);
                    }
                    return Ok((*written).to_owned());
                }
                let (module, name) = self.crate_.resolve(self.definition, name)?;
                self.found.push((module.clone(), name.clone()));
                Ok(exported(&module, &name))
            }
            (name, _) => Err(format!("{name} with such arguments is not known here")),
        }
    }
}

/// What an `Option` is of.
fn option(kind: &Type) -> Option<&Type> {
    let Type::Path(path) = kind else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    match &last.arguments {
        PathArguments::AngleBracketed(list) => match list.args.first()? {
            GenericArgument::Type(kind) => Some(kind),
            _ => None,
        },
        _ => None,
    }
}

/// A property's name, in quotes where it needs them.
fn key(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { name.to_owned() } else { format!("'{name}'") }
}

/// The documentation, as TypeScript's tools show it. Links of rustdoc become the names they lead to.
fn docs(attributes: &[Attribute], indent: &str) -> String {
    let lines: Vec<String> = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) => text_of(&pair.value).ok(),
            _ => None,
        })
        .map(|line| line.trim().replace("[`", "`").replace("`]", "`").replace("*/", "* /"))
        .collect();
    match lines.as_slice() {
        [] => String::new(),
        [line] => format!("{indent}/** {line} */\n"),
        lines => {
            let body: String =
                lines.iter().map(|line| format!("{indent} * {line}").trim_end().to_owned() + "\n").collect();
            format!("{indent}/**\n{body}{indent} */\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_are_those_of_the_rust_definitions() {
        let (wanted, kept) = (generate().expect("the types"), read(&root().join(FILE)).expect(FILE));
        if wanted != kept {
            let line = wanted.lines().zip(kept.lines()).find(|(wanted, kept)| wanted != kept);
            panic!(
                "{FILE} is not what the Rust definitions say: `cargo xtask types` makes it anew ({line:?})"
            );
        }
    }

    fn type_named(source: &str, name: &str) -> Outcome<String> {
        let file = syn::parse_file(source).map_err(|error| error.to_string())?;
        let mut all = Definitions::default();
        for item in file.items {
            let item = match item {
                Item::Struct(item) => Either::Struct(item),
                Item::Enum(item) => Either::Enum(item),
                _ => continue,
            };
            all.all.push(Definition { module: "m".into(), item, uses: BTreeMap::new() });
        }
        let definition = all.find("m", name)?;
        Writer { crate_: &all, definition, found: Vec::new() }.write(name)
    }

    #[test]
    fn a_struct_is_what_serde_writes() {
        let source = "
            /// A thing.
            #[derive(Serialize)]
            struct Thing<'t> {
                /// Its name; see [`Thing`].
                name: &'t str,
                counts: Vec<Option<u32>>,
                #[serde(skip_serializing_if = \"Option::is_none\")]
                at: Option<[usize; 2]>,
                #[serde(rename = \"other-name\")]
                other: Option<Word>,
                #[serde(flatten)]
                rest: Rest,
            }
            #[derive(Serialize)]
            struct Rest { more: bool }
            #[derive(Serialize)]
            #[serde(rename_all = \"kebab-case\")]
            enum Word { One, TwoThree { a: String }, Four(Rest) }
        ";
        assert_eq!(
            type_named(source, "Thing").expect("a type"),
            "/** A thing. */\nexport interface Thing extends Rest {\n  /** Its name; see `Thing`. */\n  name: string;\n  \
             counts: (number | null)[];\n  at?: [number, number];\n  'other-name': Word | null;\n}\n"
        );
        assert_eq!(
            type_named(source, "Word").expect("a type"),
            "export type Word =\n  | 'one'\n  | { 'two-three': {\n    a: string;\n  } }\n  | { four: Rest };\n"
        );
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for (source, why) in [
            ("struct A { #[serde(with = \"x\")] a: u8 }", "serde(with)"),
            ("struct A { a: Strange }", "Strange"),
            ("struct A { a: fn() }", "form"),
            ("struct A(u8);", "without names"),
            ("#[serde(rename_all = \"camelCase\")] enum A { B }", "camelCase"),
            ("enum A { B(u8, u8) }", "form"),
        ] {
            let error = type_named(source, "A").expect_err(source);
            assert!(error.contains(why), "{source}: {error}");
        }
    }
}
