//! Where things are: the repository, cargo's target directory, the site that the server embeds.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Context, Failure, Result};
use crate::tools;

/// The packages and features of every build and test of the server. Another selection would change the
/// features of shared crates and build them all again.
pub(crate) const SELECTION: [&str; 7] =
    ["--workspace", "--exclude", "xtask", "--exclude", "web", "--features", "crm-mind/ssr"];

/// The directories this tool works in.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    /// The root of the repository.
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds (`CARGO_TARGET_DIR` and cargo's configuration are respected).
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Finds the repository this tool was built from and asks cargo for its target directory.
    pub(crate) fn locate() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root =
            manifest.ancestors().nth(2).map(Path::to_path_buf).ok_or_else(|| {
                Failure::new("xtask must be started as `cargo xtask` inside the repository")
            })?;
        let target = target_directory(&root)?;
        Ok(Self { root, target })
    }

    /// What the server embeds. Inside the repository whatever the target directory is, because the embedding
    /// macro needs a folder relative to the crate.
    pub(crate) fn site(&self) -> PathBuf {
        self.root.join("target/site")
    }

    /// The browser tests with their npm packages.
    pub(crate) fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// The server as the dev profile builds it.
    pub(crate) fn server_binary(&self) -> PathBuf {
        self.target.join("debug/crm-mind")
    }

    /// The cargo that runs this tool, ready to work in the repository.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments).current_dir(&self.root);
        command
    }
}

fn target_directory(root: &Path) -> Result<PathBuf> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root);
    let metadata: serde_json::Value = serde_json::from_str(&tools::output(&mut command)?)
        .context(|| "cargo metadata did not answer with JSON")?;
    metadata["target_directory"]
        .as_str()
        .map(PathBuf::from)
        .ok_or_else(|| Failure::new("cargo metadata names no target directory"))
}
