//! What of the page works without a network: the files that its worker keeps, by their hashes, and that worker.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::text::{self, Catalogue};
use crate::tools::Tools;
use crate::{Outcome, execute, page, read};

/// What looks at drafts, and what its findings are explained with; and what reads TLS reports. All scripts of the page are kept beside it, as they are small: a
/// view that cannot do its work without a network says so.
const WITHOUT_NETWORK: [&str; 17] = [
    "stages.css",
    "details.css",
    "editor.css",
    "draft.css",
    "views.css",
    "reports.css",
    "pkg-policy/mta_sts.js",
    "pkg-policy/mta_sts_bg.wasm",
    "pkg-record/mta_sts.js",
    "pkg-record/mta_sts_bg.wasm",
    "pkg-mend/mta_sts.js",
    "pkg-mend/mta_sts_bg.wasm",
    "pkg-reports/mta_sts.js",
    "pkg-reports/mta_sts_bg.wasm",
    "prose-policy.json",
    "prose-record.json",
    "rules.json",
];

/// Builds `worker.js`, once the files are there that it keeps.
pub(crate) fn build(tools: &Tools, www: &Path, scripts: &str, catalogues: &[Catalogue]) -> Outcome {
    let mut names: Vec<String> = WITHOUT_NETWORK.map(str::to_owned).to_vec();
    names.push("index.html".into());
    names.extend(linked(&read(&www.join("index.html"))?));
    let folder = www.join(scripts);
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let entries = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.extend(entries.filter(|name| name.ends_with(".js")).map(|name| format!("{scripts}/{name}")));

    let data = catalogues.iter().flat_map(|one| {
        page::PROSE.into_iter().chain(["rules.json"]).map(move |name| text::file(name, Some(one)))
    });
    names.extend(data);

    // What is of one language alone is kept by its readers.
    let language = |name: &str| {
        let own = catalogues.iter().find(|one| {
            let mark = format!(".{}", one.language);
            name.contains(&format!("{mark}-")) || name.ends_with(&format!("{mark}.json"))
        });
        own.map_or("en", |one| &one.language).to_owned()
    };
    let mut kept: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for name in names {
        let bytes = fs::read(www.join(&name)).map_err(|error| format!("{name}: {error}"))?;
        kept.entry(language(&name))
            .or_default()
            .insert(name, format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(bytes))));
    }
    let kept = json!(kept).to_string();
    // Another worker for other files is what tells a browser of a new release.
    let mut release = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&kept));
    release.truncate(12);
    execute(
        tools
            .command("esbuild")
            .arg(www.join("offline.js"))
            .args(["--bundle", "--minify", "--format=iife", "--target=es2022"])
            .args(["--charset=utf8", "--log-level=warning"])
            .arg(format!("--define:KEPT={kept}"))
            .arg(format!("--define:RELEASE={}", json!(release)))
            .arg(format!("--outfile={}", www.join("worker.js").display())),
    )
}

/// The files that the page's HTML names: styles, scripts, its icon.
fn linked(html: &str) -> impl Iterator<Item = String> {
    let values = html.split(['"', '\n']).skip(1);
    let named = html
        .split(['"', '\n'])
        .zip(values)
        .filter(|(before, _)| before.ends_with("href=") || before.ends_with("src="));
    named
        .map(|(_, value)| value.to_owned())
        .filter(|value| !value.starts_with(['#', '.']) && !value.contains(':'))
}
