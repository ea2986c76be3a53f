//! Every `kvbench …` that the files run or tell of is a command line that the command takes.

use std::path::{Path, PathBuf};

use tempfile::tempdir;

use crate::harness::{Finished, Kvbench};

/// What takes `kvbench` as a file, and does not run it.
const TAKE_A_FILE: [&str; 3] = ["COPY", "ENTRYPOINT", "cp"];

/// Where a command ends in a shell.
const ENDS: [&str; 6] = ["|", "||", "&&", "&", ";", "#"];

/// All files below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("it is a folder");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The arguments of each command line of `kvbench` in a text; of Markdown, in its code.
fn commands(text: &str, is_markdown: bool) -> Vec<Vec<String>> {
    let text = text.replace("\\\n", " ");
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let mut is_code_block = false;
    let mut found = Vec::new();
    for line in lines {
        if line.starts_with("```") {
            is_code_block = !is_code_block;
        } else if is_markdown && !is_code_block {
            found.extend(line.split('`').skip(1).step_by(2).filter_map(command));
        } else if let Some(list) = line.strip_prefix("args: [") {
            // Of a container whose image runs kvbench.
            let words = list.trim_end_matches(']').replace(", ", " ");
            found.extend(command(&format!("kvbench {words}")));
        } else {
            found.extend(command(line));
        }
    }
    found
}

/// The arguments of a line's `kvbench`, if it has any.
fn command(line: &str) -> Option<Vec<String>> {
    let mut words = line.split_whitespace();
    if words.clone().next().is_some_and(|first| TAKE_A_FILE.contains(&first)) {
        return None;
    }
    words.find(|word| word.rsplit('/').next() == Some("kvbench"))?;
    let mut arguments: Vec<String> = Vec::new();
    for word in words {
        if ENDS.contains(&word) || word.trim_start_matches('2').starts_with('>') {
            break;
        }
        let bare = word.trim_end_matches(';');
        if bare != "\"$@\"" {
            let before = arguments.last().map(String::as_str);
            arguments.push(value(before, bare.trim_matches('"')));
        }
        if bare != word {
            break;
        }
    }
    (!arguments.is_empty()).then_some(arguments)
}

/// A word, or where the shell has yet to find one, a word in its place.
fn value(option: Option<&str>, word: &str) -> String {
    match option {
        _ if !word.contains('$') => word.to_owned(),
        Some("--peer-fingerprint") => "0".repeat(64),
        _ => "word".to_owned(),
    }
}

/// What the command says to these arguments. With `--help` behind them it does nothing, but complains of
/// unknown options and of values that are none; not of what is missing.
fn parse(arguments: &[String]) -> Finished {
    let home = tempdir().unwrap();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).chain(["--help"]).collect();
    Kvbench::without_nixl(home.path(), &arguments).finish()
}

#[test]
fn every_command_line_is_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut without = Vec::new();
    for file in [files(&root.join("deploy")), files(&root.join(".github"))].concat() {
        let text = std::fs::read_to_string(&file).expect("it is text");
        let found = commands(&text, file.extension().is_some_and(|end| end == "md"));
        for arguments in &found {
            println!("{}: kvbench {}", file.display(), arguments.join(" "));
            parse(arguments).returned(0);
        }
        if found.is_empty() {
            without.push(file.file_name().expect("it has a name").to_owned());
        }
    }
    assert_eq!(without, ["results.yaml"], "all others run kvbench");
}

#[test]
fn what_is_no_command_line_is_found() {
    let text = "  run: |\n    base/kvbench plan a.toml \\\n      --no-such-option x | tee y\n";
    let [found] = &commands(text, false)[..] else { panic!("there is one command") };
    assert_eq!(found.join(" "), "plan a.toml --no-such-option x");
    parse(found).returned(2).complained_of(&["--no-such-option"]);

    let list = commands("args: [run, --isl, nothing]", false);
    parse(&list[0]).returned(2).complained_of(&["--isl"]);

    let page = commands(
        "Running kvbench on a node: `kvbench lend`, or\n```sh\nkvbench fetch; x\n```",
        true,
    );
    assert_eq!(page, [["lend"], ["fetch"]]);
    parse(&page[0]).returned(2).complained_of(&["lend"]);
}

#[test]
fn a_variable_stands_for_a_word() {
    let line = r#"step "$far" kvbench --peer "$far" --peer-fingerprint "$(<f)" --require-nic "$@" >"$log" 2>&1 &"#;
    let [found] = &commands(line, false)[..] else { panic!("there is one command") };
    let (fingerprint, line) = ("0".repeat(64), found.join(" "));
    assert_eq!(line, format!("--peer word --peer-fingerprint {fingerprint} --require-nic"));
}
