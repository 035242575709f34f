//! The rooms of the library stand on floors: what a file imports lies below it, and nothing imports in a circle.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// From the ground up; rooms of one floor do not know each other.
const FLOORS: &[&[&str]] = &[
    &["vector", "files", "progress"],
    &["random"],
    &["image", "lanes"],
    &["formats", "physics", "measure", "noise"],
    &["structure_factors"],
    &["scene"],
    &["picture", "plan"],
    &["engine"],
    &["simulator"],
    &["classic"],
    &["trace", "bench"],
    &["compare"],
    &["cli"],
];

/// `engine::cpu::run`, as its parts.
type Module = Vec<String>;

/// One file, without comments, strings and tests.
struct Source {
    tokens: Vec<String>,
    /// Where it says so: `pub use child::Name` as Name → child::Name, `self` standing for this module.
    passes_on: BTreeMap<String, Module>,
}

struct Library(BTreeMap<Module, Source>);

impl Library {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        collect(&root, &mut files);
        let mut sources = BTreeMap::new();
        for file in files {
            let module = module_of(file.strip_prefix(&root).unwrap());
            // Tests may look anywhere, and the program's own file only calls the library.
            if module.last().is_some_and(|last| last == "tests") || module == ["main"] {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            let tokens = tokens(text.split("#[cfg(test)]\nmod tests").next().unwrap());
            let source = Source {
                tokens,
                passes_on: BTreeMap::new(),
            };
            sources.insert(module, source);
        }
        let mut library = Self(sources);
        let passed_on: Vec<(Module, BTreeMap<String, Module>)> = library
            .0
            .iter()
            .map(|(module, source)| (module.clone(), library.passed_on(module, source)))
            .collect();
        for (module, passes_on) in passed_on {
            library.0.get_mut(&module).unwrap().passes_on = passes_on;
        }
        library
    }

    fn passed_on(&self, module: &Module, source: &Source) -> BTreeMap<String, Module> {
        let mut found = BTreeMap::new();
        for path in paths(&source.tokens)
            .into_iter()
            .filter(|path| path.is_public)
        {
            if let Some(target) = self.absolute(module, &path.parts) {
                found.insert(target.last().unwrap().clone(), target);
            }
        }
        found
    }

    /// A path from the root of the library; `None` for paths of other libraries.
    fn absolute(&self, module: &Module, parts: &[String]) -> Option<Module> {
        let mut at = match parts[0].as_str() {
            "crate" => Vec::new(),
            "super" => module[..module.len().checked_sub(1)?].to_vec(),
            "self" => module.clone(),
            name => {
                let mut child = module.clone();
                child.push(name.to_owned());
                self.0.contains_key(&child).then_some(child)?
            }
        };
        for part in &parts[1..] {
            match part.as_str() {
                "super" => drop(at.pop()),
                "self" => {}
                part => at.push(part.to_owned()),
            }
        }
        Some(at)
    }

    /// The file in which the thing of an absolute path stands.
    fn file_of(&self, path: &[String]) -> Module {
        let mut at = Vec::new();
        for (index, part) in path.iter().enumerate() {
            let mut child = at.clone();
            child.push(part.clone());
            if self.0.contains_key(&child) {
                at = child;
                continue;
            }
            if let Some(target) = self.0[&at].passes_on.get(part) {
                let rest = &path[index + 1..];
                return self.file_of(&[target.as_slice(), rest].concat());
            }
            break;
        }
        at
    }

    /// Which files a file needs.
    fn imports(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let of = |module: &Module, source: &Source| {
            paths(&source.tokens)
                .iter()
                .filter_map(|path| Some((path, self.absolute(module, &path.parts)?)))
                // A module that passes on what its own files hold does not need it.
                .filter(|(path, target)| !(path.is_public && target.starts_with(module)))
                .map(|(_, target)| target)
                .map(|path| self.file_of(&path))
                .filter(|target| target != module && !target.is_empty())
                .collect()
        };
        self.0
            .iter()
            .map(|(module, source)| (module.clone(), of(module, source)))
            .collect()
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn module_of(file: &Path) -> Module {
    let stem = file.with_extension("");
    let mut parts: Module = stem
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    if parts
        .last()
        .is_some_and(|last| last == "mod" || last == "lib")
    {
        parts.pop();
    }
    parts
}

/// Words, `::` and single signs; comments and what stands in quotes are left out.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") {
            3
        } else if first == '"' {
            end_of_quotes(rest)
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else if is_word(first) {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

fn end_of_quotes(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A path as it is written.
struct Written {
    parts: Vec<String>,
    /// Passed on to others with `pub use`.
    is_public: bool,
}

/// Every import and every path of at least two parts.
fn paths(tokens: &[String]) -> Vec<Written> {
    let mut found = Vec::new();
    let mut at = 0;
    // Whether each brace that is open opened a module within the file, whose `super` is the file.
    let mut braces: Vec<bool> = Vec::new();
    while at < tokens.len() {
        match tokens[at].as_str() {
            "{" => {
                // A macro calls it `mod $name`.
                let before: Vec<&str> = tokens[at.saturating_sub(3)..at]
                    .iter()
                    .map(String::as_str)
                    .collect();
                braces.push(matches!(before[..], [_, "mod", _] | ["mod", "$", _]));
            }
            "}" => drop(braces.pop()),
            _ => {}
        }
        let is_inner = braces.contains(&true);
        // `use<…>` is no import.
        if tokens[at] == "use" && tokens[at + 1] != "<" {
            let is_public = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
            let mut tree = Vec::new();
            at = use_tree(tokens, at + 1, &[], &mut tree);
            found.extend(tree.into_iter().map(|parts| Written {
                parts: seen_from_the_file(parts, is_inner),
                is_public,
            }));
            continue;
        }
        let is_start = at == 0 || tokens[at - 1] != "::";
        let mut parts = vec![tokens[at].clone()];
        while is_start && tokens.get(at + 1).is_some_and(|token| token == "::") {
            match tokens.get(at + 2) {
                Some(part) if part.chars().all(|c| c.is_alphanumeric() || c == '_') => {
                    parts.push(part.clone());
                    at += 2;
                }
                _ => break,
            }
        }
        if parts.len() > 1 {
            found.push(Written {
                parts: seen_from_the_file(parts, is_inner),
                is_public: false,
            });
        }
        at += 1;
    }
    found
}

fn seen_from_the_file(mut parts: Vec<String>, is_inner: bool) -> Vec<String> {
    if is_inner && parts[0] == "super" {
        parts[0] = "self".to_owned();
    }
    parts
}

/// Reads one branch of a `use` from `at` on and returns where it ends.
fn use_tree(
    tokens: &[String],
    mut at: usize,
    before: &[String],
    found: &mut Vec<Vec<String>>,
) -> usize {
    let mut path = before.to_vec();
    loop {
        match tokens[at].as_str() {
            "{" => {
                at += 1;
                while tokens[at] != "}" {
                    at = use_tree(tokens, at, &path, found);
                    if tokens[at] == "," {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "::" => {}
            "as" => at += 1,
            "," | "}" | ";" => {
                found.push(path);
                return at;
            }
            part => path.push(part.to_owned()),
        }
        at += 1;
    }
}

fn floor_of(room: &str) -> usize {
    let floor = FLOORS.iter().position(|rooms| rooms.contains(&room));
    floor.unwrap_or_else(|| panic!("the room `{room}` stands on no floor"))
}

/// The first circle of a graph, as a sentence.
fn circle(graph: &BTreeMap<Module, BTreeSet<Module>>) -> Option<String> {
    let mut left = graph.clone();
    loop {
        let done: Vec<Module> = left
            .iter()
            .filter(|(_, needs)| !needs.iter().any(|need| left.contains_key(need)))
            .map(|(module, _)| module.clone())
            .collect();
        if done.is_empty() {
            break;
        }
        for module in done {
            left.remove(&module);
        }
    }
    // Everything that is left needs something that is left: whoever follows it comes round.
    let mut at = left.keys().next()?;
    let mut seen: Vec<&Module> = Vec::new();
    while !seen.contains(&at) {
        seen.push(at);
        at = graph[at].iter().find(|need| left.contains_key(*need))?;
    }
    let start = seen.iter().position(|module| *module == at)?;
    let names: Vec<String> = seen[start..]
        .iter()
        .chain([&at])
        .map(|module| module.join("::"))
        .collect();
    Some(names.join(" → "))
}

#[test]
fn imports_go_down_the_floors() {
    let mut climbing = Vec::new();
    for (module, needs) in Library::read().imports() {
        let Some(room) = module.first() else { continue };
        for need in needs.iter().filter(|need| need[0] != *room) {
            if floor_of(&need[0]) >= floor_of(room) {
                climbing.push(format!("{} → {}", module.join("::"), need.join("::")));
            }
        }
    }
    assert!(climbing.is_empty(), "{climbing:#?}");
}

#[test]
fn no_files_need_each_other() {
    assert_eq!(circle(&Library::read().imports()), None);
}

#[test]
fn no_modules_need_each_other() {
    let imports = Library::read().imports();
    let depths = imports.keys().map(Vec::len).max().unwrap();
    for depth in 1..depths {
        // Modules at this depth, each with all that it holds; what lies in the folder's own file is the file's business.
        let mut graph: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (module, needs) in imports.iter().filter(|(module, _)| module.len() >= depth) {
            let whole = module[..depth].to_vec();
            let others = needs
                .iter()
                .filter(|need| need.len() >= depth)
                .map(|need| need[..depth].to_vec())
                .filter(|need| *need != whole);
            graph.entry(whole.clone()).or_default().extend(others);
        }
        assert_eq!(circle(&graph), None, "at depth {depth}");
    }
}

#[test]
fn paths_are_found_and_followed() {
    let tokens = tokens(
        "// use crate::nowhere::A;\npub use b::{C, d::{self, E as F}};\nfn f() { crate::g::h(\"crate::i::j\") }",
    );
    let found: Vec<String> = paths(&tokens)
        .iter()
        .map(|path| {
            format!(
                "{}{}",
                if path.is_public { "pub " } else { "" },
                path.parts.join("::")
            )
        })
        .collect();
    assert_eq!(
        found,
        ["pub b::C", "pub b::d::self", "pub b::d::E", "crate::g::h"]
    );
    let library = Library::read();
    let path = ["structure_factors", "Table"].map(str::to_owned);
    assert_eq!(
        library.file_of(&path).join("::"),
        "structure_factors::table"
    );
}
