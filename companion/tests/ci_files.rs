//! `action.yml` and `.pre-commit-hooks.yaml`, run as a forge would: the action's steps by bash, with its inputs
//! in their places. What builds the linter is left to `cargo xtask ci-files`; here it is the one under test.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use saphyr::{LoadableYamlNode, Yaml};

const GOOD: &str = "version: STSv1\nmode: enforce\nmx: mail.zoo.test\nmax_age: 604800\n";
const BAD: &str = "version: STSv1\nmode: enforced\nmx: mail.zoo.test\nmax_age: 604800\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the project's folder")
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn yaml(text: &str) -> Yaml<'_> {
    Yaml::load_from_str(text).expect("it is YAML").remove(0)
}

/// A repository whose policy is `policy`, and beside it the action with a linter that is built already.
struct Project {
    folder: PathBuf,
}

impl Project {
    fn new(name: &str, policy: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("mta-sts-ci-{}-{name}", std::process::id()));
        let wanted = folder.join("repository/a b/.well-known");
        fs::create_dir_all(&wanted).expect("a folder");
        fs::write(wanted.join("mta-sts.txt"), policy).expect("written");
        fs::create_dir_all(folder.join("action/.ci")).expect("a folder");
        symlink(env!("CARGO_BIN_EXE_mta-sts"), folder.join("action/.ci/mta-sts")).expect("a link");
        Self { folder }
    }

    /// Runs the action's steps; the first that fails ends it.
    fn run(&self, inputs: &[(&str, &str)]) -> Output {
        let text = read("action.yml");
        let action = yaml(&text);
        let mut values: BTreeMap<String, String> = BTreeMap::new();
        for (name, input) in action["inputs"].as_mapping().expect("inputs") {
            let name = name.as_str().expect("a name").to_owned();
            values.insert(name, input["default"].as_str().expect("a default").to_owned());
        }
        for (name, value) in inputs {
            assert!(values.insert((*name).into(), (*value).into()).is_some(), "{name} is no input");
        }
        assert_eq!(action["runs"]["using"].as_str(), Some("composite"));
        let mut last = None;
        for step in action["runs"]["steps"].as_vec().expect("steps") {
            assert_eq!(step["shell"].as_str(), Some("bash"));
            let script = step["run"].as_str().expect("a script");
            assert!(!script.contains("${{"), "an input in a script is read as shell: {script}");
            let file = self.folder.join("step.sh");
            fs::write(&file, script).expect("written");
            let mut command = Command::new("bash");
            command.args(["--noprofile", "--norc", "-e", "-o", "pipefail"]).arg(&file);
            command.current_dir(self.folder.join("repository"));
            command.env("GITHUB_ACTION_PATH", self.folder.join("action"));
            if let Some(env) = step.as_mapping_get("env").and_then(Yaml::as_mapping) {
                for (name, value) in env {
                    let value = value.as_str().expect("a value");
                    let input = value.strip_prefix("${{ inputs.").and_then(|rest| rest.strip_suffix(" }}"));
                    let input = input.unwrap_or_else(|| panic!("{value} is no input"));
                    command.env(name.as_str().expect("a name"), &values[input]);
                }
            }
            let output = command.output().expect("bash runs");
            let failed = !output.status.success();
            last = Some(output);
            if failed {
                break;
            }
        }
        last.expect("the action has steps")
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_action_says_what_it_finds_and_fails_by_level() {
    let good = Project::new("good", GOOD);
    let output = good.run(&[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let output = good.run(&[("record", "v=STSv1; id=a-b")]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("::error title=record-id"), "{}", text(&output.stdout));
    // A record alone.
    let output = good.run(&[("files", ""), ("tlsrpt", "v=TLSRPTv1; rua=mailto:a@fabrikam.com")]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), String::new()));

    let bad = Project::new("bad", BAD);
    let output = bad.run(&[("sarif", "found.sarif")]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.starts_with("::error file=a b/.well-known/mta-sts.txt,line=2,col=7,"), "{said}");
    let sarif = fs::read_to_string(bad.folder.join("repository/found.sarif")).expect("SARIF is written");
    assert!(sarif.contains("\"ruleId\": \"policy-mode\""), "{sarif}");
    assert!(sarif.contains("\"uri\": \"a%20b/.well-known/mta-sts.txt\""), "{sarif}");

    let short = Project::new("short", &GOOD.replace("604800", "60"));
    assert_eq!(short.run(&[]).status.code(), Some(0));
    assert_eq!(short.run(&[("level", "warning")]).status.code(), Some(1));
    assert_eq!(short.run(&[("kind", "record")]).status.code(), Some(1));
}

#[test]
fn what_stands_in_an_input_is_never_shell() {
    let project = Project::new("shell", GOOD);
    let evil = "$(touch evil)`touch evil`; touch evil #\"'\n--help\n-";
    for input in ["files", "kind", "record", "tlsrpt", "level"] {
        let output = project.run(&[(input, evil)]);
        assert!(!output.status.success(), "{input}: {}", text(&output.stdout));
        assert!(!project.folder.join("repository/evil").exists(), "{input}");
    }
}

#[test]
fn the_hooks_start_what_is_there_on_policies_alone() {
    let hooks = read(".pre-commit-hooks.yaml");
    let hooks = yaml(&hooks);
    let hooks = hooks.as_vec().expect("hooks");
    assert_eq!(hooks.len(), 2);
    for hook in hooks {
        let mut words = hook["entry"].as_str().expect("an entry").split(' ');
        let program = words.next().expect("a program");
        assert_eq!(words.collect::<Vec<_>>(), ["lint"]);
        match hook["language"].as_str() {
            Some("script") => {
                let mode = fs::metadata(root().join(program)).expect("the script").permissions().mode();
                assert_eq!(mode & 0o111, 0o111, "{program} can be run");
            }
            Some("system") => assert_eq!(program, "mta-sts"),
            other => panic!("{other:?}"),
        }
        assert_eq!(hook["files"].as_str(), Some(r"(^|/)mta-sts\.txt$"));
    }
}
