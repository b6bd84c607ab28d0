//! The browser tests of `end2end/`: finding a browser, running Playwright.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::failure::Result;
use crate::tools;
use crate::workspace::Workspace;

/// What to say when there is no browser.
pub(crate) const REMEDY: &str =
    "apt-get install chromium (or, where that has none, npx playwright install chromium in end2end)";

/// The variable that names another Chromium than the system's.
const BROWSER_VARIABLE: &str = "CRM_MIND_CHROMIUM";

/// A browser that Playwright can drive.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Browser {
    /// A Chromium of the system.
    System(PathBuf),
    /// The one that `playwright install` brought.
    Playwrights,
}

/// Looks for a browser; the npm packages must be installed.
pub(crate) fn find_browser(workspace: &Workspace) -> Option<Browser> {
    if let Some(named) = env::var_os(BROWSER_VARIABLE) {
        return Some(PathBuf::from(named)).filter(|path| path.is_file()).map(Browser::System);
    }
    let system = ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| tools::find(name));
    system.map(Browser::System).or_else(|| playwrights_own(workspace))
}

/// Whether a browser is there that can be found before the npm packages are.
fn playwrights_own(workspace: &Workspace) -> Option<Browser> {
    let mut ask = Command::new("node");
    ask.args(["-p", "require('@playwright/test').chromium.executablePath()"])
        .current_dir(workspace.end2end());
    let path = tools::output(&mut ask).ok()?;
    PathBuf::from(path.trim()).is_file().then_some(Browser::Playwrights)
}

/// Checks the types of the tests, then runs them against the server that the dev profile built.
pub(crate) fn run(workspace: &Workspace, browser: &Browser) -> Result<()> {
    let directory = workspace.end2end();
    let program = |name: &str| {
        let mut command = Command::new(directory.join("node_modules/.bin").join(name));
        command.current_dir(&directory);
        command
    };
    tools::run(program("tsc").arg("--noEmit"))?;
    let mut playwright = program("playwright");
    playwright.arg("test").env("CRM_MIND_BINARY", workspace.server_binary());
    if let Browser::System(path) = browser {
        playwright.env(BROWSER_VARIABLE, path);
    }
    tools::run(&mut playwright)
}
