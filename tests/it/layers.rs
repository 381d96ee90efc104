//! The architecture: which module may use which, inside folders too, and no two files import each other in a circle.
//! Read from the source, so that a shortcut shows up as a failing test.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// A module and the modules that it may use.
type Layer = (&'static str, &'static [&'static str]);

/// The modules of the crate. `cli`, `lib` and `main` are above all of them.
const HOUSE: &[Layer] = &[
    ("assumptions", &[]),
    (
        "apply",
        &[
            "diff",
            "graph",
            "kinds",
            "live",
            "local_file",
            "model",
            "plan",
        ],
    ),
    ("audit", &["drift", "graph", "kinds", "model"]),
    (
        "convert",
        &["desired", "export", "kinds", "model", "problem"],
    ),
    ("dangers", &["kinds", "model"]),
    ("desired", &["kinds", "model", "problem"]),
    ("diff", &["model"]),
    (
        "drift",
        &[
            "dangers", "desired", "diff", "kinds", "live", "model", "plan", "problem",
        ],
    ),
    ("emulator", &["assumptions"]),
    (
        "engine",
        &[
            "apply",
            "audit",
            "dangers",
            "desired",
            "diff",
            "drift",
            "export",
            "fingerprints",
            "graph",
            "journal",
            "kinds",
            "live",
            "model",
            "plan",
            "problem",
            "verify",
        ],
    ),
    ("exit", &[]),
    ("fingerprints", &["local_file", "model"]),
    ("export", &["desired", "kinds", "model", "problem"]),
    ("graph", &["local_file", "model"]),
    ("journal", &["apply", "local_file", "model", "plan"]),
    ("kinds", &["model"]),
    ("live", &["graph", "kinds", "model"]),
    ("local_file", &[]),
    ("model", &[]),
    ("picture", &["kinds", "model"]),
    ("plan", &["dangers", "diff", "kinds", "model"]),
    ("probe", &["assumptions", "emulator", "graph", "model"]),
    ("problem", &["model"]),
    (
        "rehearsal",
        &[
            "apply",
            "assumptions",
            "desired",
            "emulator",
            "engine",
            "graph",
            "kinds",
            "model",
            "plan",
            "verify",
        ],
    ),
    (
        "render",
        &[
            "apply",
            "assumptions",
            "convert",
            "dangers",
            "desired",
            "diff",
            "drift",
            "export",
            "model",
            "picture",
            "plan",
            "probe",
            "problem",
            "rehearsal",
            "sign_in_check",
        ],
    ),
    ("schema", &["desired", "kinds", "probe", "render"]),
    (
        "settle",
        &[
            "apply", "graph", "journal", "kinds", "live", "model", "plan",
        ],
    ),
    (
        "sign_in_check",
        &["apply", "desired", "graph", "kinds", "model", "problem"],
    ),
    ("snapshot", &["graph", "kinds", "model"]),
    (
        "verify",
        &["apply", "diff", "graph", "kinds", "live", "model"],
    ),
];

/// The folders of large modules. A file beside them, such as `mod.rs`, is not restricted by this table; the circle
/// check is.
const FOLDERS: &[(&str, &[Layer])] = &[
    ("cli", &[("commands", &["*"]), ("command_error", &[])]),
    (
        "desired",
        &[
            ("template", &[]),
            ("parallel", &[]),
            ("yaml", &["template"]),
            ("tenant", &["template", "yaml"]),
            ("documents", &["parallel", "template", "tenant", "yaml"]),
            (
                "objects",
                &["documents", "parallel", "template", "tenant", "yaml"],
            ),
            (
                "format",
                &["documents", "objects", "template", "tenant", "yaml"],
            ),
            (
                "source_map",
                &["documents", "objects", "template", "tenant", "yaml"],
            ),
        ],
    ),
    (
        "emulator",
        &[
            ("metadata", &[]),
            ("protocol", &["metadata", "state"]),
            ("resources", &["metadata", "protocol", "state"]),
            ("routes", &["metadata", "protocol", "resources", "state"]),
            ("server", &["protocol", "routes", "state"]),
            ("state", &["metadata"]),
        ],
    ),
    (
        "render",
        &[
            ("options", &[]),
            ("style", &[]),
            ("markup", &["style"]),
            ("reports", &["options"]),
            ("layout", &["reports", "strings", "style"]),
            ("diff_text", &["style"]),
            ("strings", &["diff_text", "reports", "style"]),
            ("findings", SHARED),
            ("picture", SHARED),
            ("ci", FORMAT),
            ("html", FORMAT),
            ("json", FORMAT),
            ("markdown", FORMAT),
            ("text", FORMAT),
        ],
    ),
];

/// What every part of `render` may use.
const SHARED: &[&str] = &[
    "diff_text",
    "layout",
    "markup",
    "options",
    "reports",
    "strings",
    "style",
];

/// What a format may use: no format uses another.
const FORMAT: &[&str] = &[
    "diff_text",
    "findings",
    "layout",
    "markup",
    "options",
    "picture",
    "reports",
    "strings",
    "style",
];

/// The longest file, in lines without its tests.
const FILE_LINES: usize = 410;

/// The longest function, in lines with its signature.
const FUNCTION_LINES: usize = 65;

/// A source file: its path below `src`, and its code without tests and comments.
struct SourceFile {
    path: PathBuf,
    text: String,
}

impl SourceFile {
    /// The path of the module: `["plan", "file"]` for `plan/file.rs`, `["plan"]` for `plan/mod.rs`.
    fn module(&self) -> Vec<String> {
        let path = self.path.with_extension("");
        let mut module: Vec<_> = path
            .components()
            .map(|part| part.as_os_str().to_str().unwrap().to_owned())
            .collect();
        if ["mod", "lib"].contains(&module.last().unwrap().as_str()) {
            module.pop();
        }
        module
    }

    fn top(&self) -> String {
        let first = self.path.components().next().unwrap().as_os_str();
        let stem = Path::new(first).file_stem().unwrap();
        stem.to_str().unwrap().to_owned()
    }

    /// The code without comments.
    fn code(&self) -> String {
        let lines = self.text.lines().map(|line| match line.find("//") {
            Some(at) if line[..at].trim().is_empty() => "",
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The paths of its `use` lines below the crate, absolute; re-exports (`pub use`) are not among them.
    fn uses(&self) -> Vec<Vec<String>> {
        let module = self.module();
        let code = self.code();
        let statements = code.split(';').filter_map(|statement| {
            let statement = statement.trim_start_matches(['}', '{', '\n', ' ']);
            let lines = statement.lines().map(str::trim);
            let lines = lines.skip_while(|line| !line.starts_with("use "));
            let statement = lines.collect::<Vec<_>>().join(" ");
            statement.strip_prefix("use ").map(str::to_owned)
        });
        let paths = statements.flat_map(|tree| leaves(&tree));
        let absolute = paths.filter_map(|path| match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([&module[..], &path[1..]].concat()),
            "super" => {
                let up = path.iter().take_while(|part| *part == "super").count();
                let base = &module[..module.len().saturating_sub(up)];
                Some([base, &path[up..]].concat())
            }
            _ => None,
        });
        absolute.collect()
    }
}

/// The paths of a `use` tree: `a::{b, c::d}` has `a::b` and `a::c::d`.
fn leaves(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some((prefix, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap();
        let parts = path.split("::").map(|part| part.trim().to_owned());
        return vec![parts.filter(|part| !part.is_empty()).collect()];
    };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let prefix: Vec<_> = prefix
        .split("::")
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    let (mut depth, mut start, mut branches) = (0, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                branches.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    branches.push(&inner[start..]);
    let branches = branches
        .into_iter()
        .filter(|branch| !branch.trim().is_empty());
    branches
        .flat_map(leaves)
        .map(|leaf| [prefix.clone(), leaf].concat())
        .collect()
}

fn sources() -> Vec<SourceFile> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => walk(&path, found),
                false => found.push(path),
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    found.sort();
    let is_code = |path: &Path| {
        let is_test = |part: &OsStr| {
            ["tests", "tests.rs", "samples.rs"]
                .iter()
                .any(|it| part == *it)
        };
        !path.iter().any(is_test)
    };
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let text = text
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap()
            .to_owned();
        let path = path.strip_prefix(&root).unwrap().to_owned();
        SourceFile { path, text }
    };
    found.retain(|path| is_code(path.strip_prefix(&root).unwrap()));
    found.into_iter().map(read).collect()
}

/// The modules that code names after `crate::`, in `use` lines and elsewhere.
fn named_modules(code: &str) -> BTreeSet<String> {
    let word = |rest: &str| {
        rest.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    code.split("crate::").skip(1).map(word).collect()
}

#[test]
fn modules_use_only_lower_layers() {
    let allowed: BTreeMap<_, _> = HOUSE.iter().copied().collect();
    let mut seen = BTreeSet::new();
    let mut upward = Vec::new();
    for source in sources() {
        let module = source.top();
        if ["main", "lib", "cli"].contains(&module.as_str()) {
            continue;
        }
        let Some(allowed) = allowed.get(module.as_str()) else {
            panic!("the module {module} has no row in HOUSE");
        };
        for used in named_modules(&source.code()) {
            if used != module && !allowed.contains(&used.as_str()) {
                upward.push(format!("{} uses {used}", source.path.display()));
            }
        }
        seen.insert(module);
    }
    assert_eq!(upward, Vec::<String>::new());
    let listed: BTreeSet<_> = HOUSE
        .iter()
        .map(|(module, _)| (*module).to_owned())
        .collect();
    assert_eq!(seen, listed, "HOUSE lists the modules that exist");
}

#[test]
fn folders_use_only_lower_layers() {
    let sources = sources();
    for (module, layers) in FOLDERS {
        let allowed: BTreeMap<_, _> = layers.iter().copied().collect();
        let mut seen = BTreeSet::new();
        let mut upward = Vec::new();
        for source in &sources {
            let path = source.module();
            let [top, folder, ..] = path.as_slice() else {
                continue;
            };
            let Some((folder, allowed)) = allowed.get_key_value(folder.as_str()) else {
                continue;
            };
            if top != module {
                continue;
            }
            seen.insert(*folder);
            for used in source.uses() {
                let [top, used, ..] = used.as_slice() else {
                    continue;
                };
                let is_other =
                    top == module && used != folder && layers.iter().any(|(name, _)| name == used);
                if is_other && !allowed.contains(&"*") && !allowed.contains(&used.as_str()) {
                    upward.push(format!("{} uses {module}/{used}", source.path.display()));
                }
            }
        }
        assert_eq!(upward, Vec::<String>::new());
        let listed: BTreeSet<_> = layers.iter().map(|(folder, _)| *folder).collect();
        assert_eq!(
            seen, listed,
            "FOLDERS lists the folders of {module} that exist"
        );
    }
}

#[test]
fn files_do_not_import_each_other_in_a_circle() {
    let sources = sources();
    let modules: BTreeSet<_> = sources.iter().map(SourceFile::module).collect();
    // The file that declares an item: the longest prefix of its path that is a module.
    let file_of = |path: &[String]| {
        let prefixes = (1..=path.len()).rev().map(|length| path[..length].to_vec());
        prefixes.into_iter().find(|prefix| modules.contains(prefix))
    };
    let mut uses: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for source in &sources {
        let module = source.module();
        let used = source.uses().into_iter().filter_map(|path| file_of(&path));
        let used = used.filter(|used| *used != module).collect();
        uses.insert(module, used);
    }
    // A file that uses none of the others is in no circle, and neither is one that none of the others uses.
    let mut open = uses;
    loop {
        let is_used = |module: &Vec<String>| open.values().any(|used| used.contains(module));
        let uses_open = |used: &BTreeSet<_>| used.iter().any(|used| open.contains_key(used));
        let free: Vec<_> = open
            .iter()
            .filter(|(module, used)| !uses_open(used) || !is_used(module))
            .map(|(module, _)| module.clone())
            .collect();
        if free.is_empty() {
            break;
        }
        for module in free {
            open.remove(&module);
        }
    }
    let circle: Vec<_> = open
        .iter()
        .map(|(module, used)| {
            let used = used.iter().filter(|used| open.contains_key(*used));
            let used: Vec<_> = used.map(|used| used.join("/")).collect();
            format!("{} uses {}", module.join("/"), used.join(", "))
        })
        .collect();
    assert_eq!(circle, Vec::<String>::new());
}

#[test]
fn use_trees_are_read_whole() {
    let source = |path: &str, text: &str| SourceFile {
        path: PathBuf::from(path),
        text: text.to_owned(),
    };
    let uses = |source: SourceFile| {
        let paths = source.uses().into_iter().map(|path| path.join("::"));
        paths.collect::<Vec<_>>()
    };
    let text = "//! crate::not\nuse std::fs;\nuse super::{a::{self, B}, c};\npub use d::E;\nuse crate::f::G as H;\n\nfn i() {\n    use self::j;\n}";
    assert_eq!(
        uses(source("x/y.rs", text)),
        ["x::a::self", "x::a::B", "x::c", "f::G", "x::y::j"]
    );
    assert_eq!(uses(source("x/mod.rs", "use super::z;")), ["z"]);
}

#[test]
fn only_apply_a_rehearsal_and_the_probe_that_writes_ask_for_a_writer() {
    let callers: Vec<_> = sources()
        .into_iter()
        .filter(|source| source.text.contains(".writer()"))
        .map(|source| source.path.display().to_string())
        .collect();
    let expected = [
        "cli/commands/apply/run.rs",
        "cli/commands/probe/write.rs",
        "rehearsal/local_tenant.rs",
    ];
    assert_eq!(callers, expected);
}

#[test]
fn writer_of_a_rehearsal_is_made_of_the_emulator_in_the_process_only() {
    let of_rehearsal = |source: &SourceFile| source.path.starts_with("rehearsal");
    let files: Vec<_> = sources().into_iter().filter(of_rehearsal).collect();
    let with = |text: &str| -> Vec<_> {
        let named = files.iter().filter(|source| source.code().contains(text));
        named
            .map(|source| source.path.display().to_string())
            .collect()
    };
    let home = ["rehearsal/local_tenant.rs"];
    for maker in [
        "RehearsalWriter(",
        "graph::connect(",
        "Settings::new(",
        "Cloud::",
    ] {
        assert_eq!(with(maker), home, "{maker}");
    }
    let home = files
        .iter()
        .find(|source| home[0] == source.path.to_str().unwrap());
    let code = home.unwrap().code();
    // The one address that there is comes from the emulator that was just started.
    assert_eq!(code.matches("graph::connect(").count(), 1);
    assert_eq!(code.matches("Cloud::").count(), 1);
    let start = code.find("emulator::start(").unwrap();
    let address = code.find("emulator.url()").unwrap();
    assert!(start < address && address < code.find("Cloud::").unwrap());
}

#[test]
fn core_names_no_kind() {
    let core = [
        "diff",
        "diff.rs",
        "drift.rs",
        "plan",
        "apply",
        "engine",
        "render",
        "live",
        "verify.rs",
    ];
    let is_core = |source: &SourceFile| core.iter().any(|part| source.path.starts_with(part));
    for source in sources().into_iter().filter(is_core) {
        for kind in entraflow::kinds::KINDS {
            let name = format!("\"{}\"", kind.name);
            assert!(
                !source.text.contains(&name),
                "{} names the kind {}",
                source.path.display(),
                kind.name
            );
        }
    }
}

#[test]
fn async_stays_where_requests_are_made() {
    let may = [
        "graph",
        "live",
        "apply",
        "audit",
        "settle",
        "sign_in_check",
        "verify",
        "engine",
        "emulator",
        "probe",
        "rehearsal",
        "cli",
    ];
    for source in sources() {
        let code = source.code();
        let is_async = code.contains("async fn") || code.contains(".await");
        assert!(
            !is_async || may.contains(&source.top().as_str()),
            "{} is async",
            source.path.display()
        );
    }
}

#[test]
fn files_and_functions_stay_small() {
    let mut large = Vec::new();
    for source in sources() {
        let lines: Vec<_> = source.text.lines().collect();
        let path = source.path.display();
        if lines.len() > FILE_LINES {
            large.push(format!("{path}: {} lines", lines.len()));
        }
        for (start, length) in functions(&lines) {
            if length > FUNCTION_LINES {
                large.push(format!("{path}:{}: {length} lines", start + 1));
            }
        }
    }
    assert_eq!(large, Vec::<String>::new());
}

/// The first line, from 0, and the length of each function. rustfmt puts its closing brace below its first letter.
fn functions(lines: &[&str]) -> Vec<(usize, usize)> {
    let is_function = |line: &str| {
        let words = line.trim_start().split(' ');
        let mut words = words.skip_while(|word| {
            word.starts_with("pub") || ["const", "async", "in", "unsafe"].contains(word)
        });
        words.next() == Some("fn")
    };
    let length = |start: usize| {
        let line = lines[start];
        let indent = &line[..line.len() - line.trim_start().len()];
        let end = format!("{indent}}}");
        let is_last = |line: &&str| {
            **line == end || line.ends_with(';') && !line.starts_with(&format!("{indent} "))
        };
        lines[start..]
            .iter()
            .position(is_last)
            .map_or(1, |end| end + 1)
    };
    let starts = (0..lines.len()).filter(|index| is_function(lines[*index]));
    starts.map(|start| (start, length(start))).collect()
}

#[test]
fn functions_are_measured_to_their_closing_brace() {
    let text = "impl A {\n    pub(super) async fn a(\n        &self,\n    ) {\n        b();\n    }\n\n    fn c(&self) -> u8;\n}\nfn d() {}\n";
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(functions(&lines), [(1, 5), (7, 1), (9, 1)]);
}

#[test]
fn tests_start_the_program_in_one_place_that_checks_its_requests() {
    let variable = ["CARGO_BIN_EXE", "entraflow"].join("_");
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut found = Vec::new();
    for directory in ["", "it", "support"] {
        for entry in fs::read_dir(tests.join(directory)).unwrap() {
            let path = entry.unwrap().path();
            let is_source = path.extension().is_some_and(|it| it == "rs");
            if is_source && fs::read_to_string(&path).unwrap().contains(&variable) {
                found.push(path.strip_prefix(&tests).unwrap().display().to_string());
            }
        }
    }
    assert_eq!(found, ["it/program.rs"]);
}
