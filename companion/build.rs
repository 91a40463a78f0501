//! Puts the page into the binary, where it has been built.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let www = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www");
    println!("cargo:rerun-if-changed={}", www.display());
    let mut files = Vec::new();
    // Without its wasm a page is none.
    if ["pkg", "pkg-look", "pkg-policy", "pkg-record", "pkg-mend", "pkg-reports", "pkg-setup"]
        .iter()
        .all(|pkg| www.join(pkg).join("mta_sts_bg.wasm").is_file())
    {
        collect(&www, &mut files)?;
        files.sort();
    }
    let mut code = String::from("&[\n");
    for path in files.iter().filter(|path| !is_packed(path)) {
        let name = path.strip_prefix(&www).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let mut hasher = DefaultHasher::new();
        fs::read(path)?.hash(&mut hasher);
        writeln!(
            code,
            "    File {{ name: {name:?}, tag: \"W/\\\"{:016x}\\\"\", plain: {}, gzip: {}, brotli: {} }},",
            hasher.finish(),
            included(path)?,
            packed(path, "gz")?,
            packed(path, "br")?
        )
        .map_err(io::Error::other)?;
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?);
    fs::write(out.join("page.rs"), code)
}

fn is_packed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz" || extension == "br")
}

fn included(path: &Path) -> io::Result<String> {
    Ok(format!("include_bytes!({:?})", fs::canonicalize(path)?.to_string_lossy()))
}

/// The packed form beside a file; one that is older is of an earlier file.
fn packed(path: &Path, extension: &str) -> io::Result<String> {
    let packed = PathBuf::from(format!("{}.{extension}", path.display()));
    let time = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    match time(&packed) {
        Ok(packed_at) if packed_at >= time(path)? => Ok(format!("Some({})", included(&packed)?)),
        _ => Ok("None".into()),
    }
}

/// What a browser may ask for; what tools leave beside it is left out.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        println!("cargo:rerun-if-changed={}", path.display());
        let wanted = ["br", "css", "gz", "html", "ico", "js", "json", "png", "svg", "wasm", "webmanifest"];
        let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
        // The page's own catalogues are in its scripts already.
        if path.is_dir() && !path.ends_with("www/text") {
            collect(&path, files)?;
        } else if extension.is_some_and(|extension| wanted.contains(&&*extension))
            && !path.ends_with("pkg/package.json")
        {
            files.push(path);
        }
    }
    Ok(())
}
