//! The client: wasm, its loader and the style sheet in `target/site/pkg`, each with .br and .gz.
//!
//! cargo decides whether the wasm is stale; the steps behind it (bindings, wasm-opt, compression) run only
//! when a digest of everything that goes into them changed, so that a second start costs a second.

use std::fmt;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_bindgen_cli_support::Bindgen;

use crate::compress;
use crate::failure::{Context, Failure, Result};
use crate::styles;
use crate::tools;
use crate::workspace::Workspace;

/// Raise it when the steps below change what they write.
const PIPELINE: u64 = 1;

/// The name of the files, also in `.cargo/config.toml` as `LEPTOS_OUTPUT_NAME`.
const NAME: &str = "crm-mind";

/// What the compiler puts into the client and wasm-opt must be told to accept. `--all-features` would make
/// it write what Chromium refuses.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// A built client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Client {
    /// wasm and loader as they travel, in bytes after brotli.
    pub(crate) brotli_bytes: u64,
    /// Whether wasm-opt was there to shrink it.
    pub(crate) optimised: bool,
}

impl fmt::Display for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kilobytes = self.brotli_bytes.div_ceil(1000);
        let optimised = if self.optimised { "" } else { ", without wasm-opt (npm ci in end2end brings it)" };
        write!(formatter, "{kilobytes} kB brotli{optimised}")
    }
}

/// Builds what is stale and returns what there is.
pub(crate) fn build(workspace: &Workspace) -> Result<Client> {
    tools::ensure_wasm_target(workspace)?;
    let arguments = ["build", "-p", "web", "--target", tools::WASM_TARGET, "--profile", "wasm-release"];
    tools::run(&mut workspace.cargo(&arguments))?;
    let inputs = Inputs::gather(workspace)?;
    let package = workspace.site().join("pkg");
    let stamp = workspace.site().join("client.stamp");
    let digest = inputs.digest();
    if fs::read_to_string(&stamp).is_ok_and(|written| written == digest) {
        return measure(&package, inputs.wasm_opt.is_some());
    }
    if stamp.exists() {
        fs::remove_file(&stamp).context(|| "the stamp of the last client cannot be removed")?;
    }
    inputs.write(workspace, &package)?;
    fs::write(&stamp, digest).context(|| "the stamp of the client cannot be written")?;
    measure(&package, inputs.wasm_opt.is_some())
}

/// Makes sure that the folder the server embeds exists, so that the server compiles before the client does.
pub(crate) fn ensure_folder(workspace: &Workspace) -> Result<()> {
    let package = workspace.site().join("pkg");
    fs::create_dir_all(&package).context(|| format!("{} cannot be made", package.display()))
}

/// Everything the files are made of.
struct Inputs {
    wasm: Vec<u8>,
    styles: String,
    wasm_opt: Option<WasmOpt>,
}

/// The optimiser of the npm package binaryen.
struct WasmOpt {
    program: PathBuf,
    /// Its package description, which names the version.
    description: Vec<u8>,
}

impl Inputs {
    fn gather(workspace: &Workspace) -> Result<Self> {
        let path = workspace.target.join(tools::WASM_TARGET).join("wasm-release/web.wasm");
        let wasm = fs::read(&path).context(|| format!("{} cannot be read", path.display()))?;
        let styles = styles::join(&workspace.root.join("style"))?;
        Ok(Self { wasm, styles, wasm_opt: WasmOpt::find(workspace) })
    }

    fn digest(&self) -> String {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(PIPELINE);
        for part in [&self.wasm[..], self.styles.as_bytes()] {
            hasher.write_usize(part.len());
            hasher.write(part);
        }
        hasher.write(self.wasm_opt.as_ref().map_or(&b"none"[..], |tool| &tool.description));
        format!("{:016x}\n", hasher.finish())
    }

    /// Writes the package into a folder beside it and swaps the two, so that nobody sees half of it.
    fn write(&self, workspace: &Workspace, package: &Path) -> Result<()> {
        let staging = workspace.site().join("pkg.new");
        clear(&staging)?;
        bind(&self.wasm, &staging)?;
        if let Some(tool) = &self.wasm_opt {
            tool.shrink(&staging.join(format!("{NAME}.wasm")))?;
        }
        fs::write(staging.join(format!("{NAME}.css")), &self.styles)
            .context(|| "the style sheet cannot be written")?;
        for file in files(&staging)? {
            compress::write_neighbours(&file)?;
        }
        clear(package)?;
        fs::remove_dir(package)
            .and_then(|()| fs::rename(&staging, package))
            .context(|| format!("{} cannot be replaced", package.display()))
    }
}

impl WasmOpt {
    fn find(workspace: &Workspace) -> Option<Self> {
        let modules = workspace.end2end().join("node_modules");
        let program = modules.join(".bin/wasm-opt");
        let description = fs::read(modules.join("binaryen/package.json")).ok()?;
        (program.exists() && tools::find("node").is_some()).then_some(Self { program, description })
    }

    fn shrink(&self, wasm: &Path) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.args(["-Oz", "--strip-producers"]).args(WASM_FEATURES).arg(wasm).arg("-o").arg(wasm);
        tools::output(&mut command).map(drop)
    }
}

/// Writes loader and wasm. Leptos asks for `NAME.wasm` because the output name was known when it was
/// compiled, so the `_bg` of the bindings goes.
fn bind(wasm: &[u8], directory: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes(NAME, wasm.to_vec()).typescript(false).omit_default_module_path(true);
    bindgen
        .web(true)
        .and_then(|bindgen| bindgen.generate(directory))
        .map_err(|error| Failure::new(format!("wasm-bindgen refused the client: {error:#}")))?;
    fs::rename(directory.join(format!("{NAME}_bg.wasm")), directory.join(format!("{NAME}.wasm")))
        .context(|| "wasm-bindgen wrote no wasm")
}

/// An empty directory in the place of whatever was there.
fn clear(directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory).context(|| format!("{} cannot be removed", directory.display()))?;
    }
    fs::create_dir_all(directory).context(|| format!("{} cannot be made", directory.display()))
}

/// Every file below a directory (the bindings of JavaScript snippets lie in folders of their own).
fn files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_path_buf()];
    while let Some(next) = pending.pop() {
        let entries = fs::read_dir(&next)
            .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
            .context(|| format!("{} cannot be listed", next.display()))?;
        for path in entries.into_iter().map(|entry| entry.path()) {
            if path.is_dir() { pending.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

/// The size of what a browser fetches to come alive: every script and the wasm, without the styles.
fn measure(package: &Path, optimised: bool) -> Result<Client> {
    let mut brotli_bytes = 0;
    for file in files(package)? {
        let name = file.to_string_lossy();
        if name.ends_with(".js.br") || name.ends_with(".wasm.br") {
            brotli_bytes += file.metadata().context(|| format!("{name} cannot be read"))?.len();
        }
    }
    Ok(Client { brotli_bytes, optimised })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs() -> Inputs {
        Inputs { wasm: b"ab".to_vec(), styles: "c".to_owned(), wasm_opt: None }
    }

    #[test]
    fn the_digest_changes_with_each_input() {
        let digest = inputs().digest();
        assert_eq!(digest, inputs().digest());
        assert_ne!(digest, Inputs { wasm: b"a".to_vec(), styles: "bc".to_owned(), ..inputs() }.digest());
        assert_ne!(digest, Inputs { styles: "d".to_owned(), ..inputs() }.digest());
        let tool = WasmOpt { program: PathBuf::new(), description: b"1".to_vec() };
        assert_ne!(digest, Inputs { wasm_opt: Some(tool), ..inputs() }.digest());
    }
}
