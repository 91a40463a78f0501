//! Puts the page into the binary, where it has been built.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let www = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www");
    println!("cargo:rerun-if-changed={}", www.display());
    let mut files = Vec::new();
    // Without its wasm a page is none.
    if ["pkg", "pkg-look", "pkg-policy", "pkg-record", "pkg-mend", "pkg-setup"]
        .iter()
        .all(|pkg| www.join(pkg).join("mta_sts_bg.wasm").is_file())
    {
        collect(&www, &mut files)?;
        files.sort();
    }
    let mut code = String::from("&[\n");
    for path in files {
        let name = path.strip_prefix(&www).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let path = fs::canonicalize(&path)?;
        writeln!(code, "    ({name:?}, include_bytes!({:?})),", path.to_string_lossy())
            .map_err(io::Error::other)?;
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?);
    fs::write(out.join("page.rs"), code)
}

/// What a browser may ask for; what tools leave beside it is left out.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        println!("cargo:rerun-if-changed={}", path.display());
        let wanted = ["css", "html", "ico", "js", "json", "png", "svg", "wasm", "webmanifest"];
        let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
        if path.is_dir() {
            collect(&path, files)?;
        } else if extension.is_some_and(|extension| wanted.contains(&&*extension))
            && !path.ends_with("pkg/package.json")
        {
            files.push(path);
        }
    }
    Ok(())
}
