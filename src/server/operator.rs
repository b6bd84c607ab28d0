//! What the operator does on the command line: people, tokens, a sync by hand, a look at the installation.

use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::time::Duration;

use engine::access::{Language, NewUser, Role, TenantScope, WorkspaceChoice};
use engine::ids::Ids;
use engine::store::DatabaseUrl;
use engine::sync::{Cause, Outgoing, RunView, WorkerSettings};
use engine::{Engine, EngineError};
use secrecy::{ExposeSecret as _, SecretString};
use sync_core::record::RecordKind;
use tokio_util::sync::CancellationToken;

use super::configuration::Configuration;
use super::start::{StartError, count, open_engine};

/// Characters of a password that is made here: about 95 bits.
const PASSWORD: usize = 16;
/// How long one wait for a run lasts before it is asked for again.
const WATCH: Duration = Duration::from_mins(1);
/// How often a person at a terminal sees how far it is.
const PROGRESS: Duration = Duration::from_millis(200);
/// Longest password that is read from standard input, in bytes.
const LONGEST_INPUT: u64 = 1_000;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// The installation could not be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// What is sealed was sealed with another key.
    #[error("the stored Metakocka keys were sealed with another key: put that key back, or enter them again")]
    WrongKey,
    /// The run failed as a whole.
    #[error("{0}")]
    Run(String),
    /// Contacts and products are not taken by themselves.
    #[error(
        "contacts and products come with the documents that name them: take sales-documents, or send with --direction to-mk"
    )]
    ComesWithDocuments,
}

/// A person to add.
#[derive(Debug)]
pub struct NewPerson {
    /// What they sign in with.
    pub email: String,
    /// Shown beside what they do.
    pub name: String,
    /// Made when it does not exist.
    pub workspace: String,
    /// What they may do there.
    pub role: Role,
}

/// Writes a text to standard output.
pub fn say(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{}", text.trim_end())
}

/// The password on standard input; none when that is a terminal or empty.
pub fn password_from_stdin() -> io::Result<Option<SecretString>> {
    let input = io::stdin();
    if input.is_terminal() {
        return Ok(None);
    }
    let mut text = String::new();
    input.take(LONGEST_INPUT).read_to_string(&mut text)?;
    let password = text.trim_end_matches(['\r', '\n']);
    Ok((!password.is_empty()).then(|| password.into()))
}

/// Adds a person. Without a password one is made and told, once.
pub async fn add_user(
    configuration: &Configuration,
    person: NewPerson,
    password: Option<SecretString>,
) -> Result<String, OperatorError> {
    let engine = open_engine(configuration).await?;
    let made = password.is_none();
    let password = password.unwrap_or_else(|| make_password(&Ids::from_os()));
    let told = if made {
        format!("\nPassword (shown only now): {}", password.expose_secret())
    } else {
        String::new()
    };
    let sentence = format!("{} can sign in to {} now.{told}", person.email, person.workspace);
    let workspace = match engine.scope_for_operator(&person.workspace, None).await {
        Ok(scope) => WorkspaceChoice::Existing(scope.tenant().to_owned()),
        Err(EngineError::Invalid { .. }) => WorkspaceChoice::New(person.workspace),
        Err(error) => return Err(error.into()),
    };
    engine
        .add_user(NewUser {
            email: person.email,
            name: person.name,
            password,
            language: Language::En,
            workspace,
            role: person.role,
        })
        .await?;
    engine.close().await;
    Ok(sentence)
}

/// Makes a token and returns it.
pub async fn add_token(
    configuration: &Configuration,
    email: &str,
    workspace: &str,
    name: &str,
) -> Result<String, OperatorError> {
    let engine = open_engine(configuration).await?;
    let scope = engine.scope_for_operator(workspace, Some(email)).await?;
    let token = engine.add_token(&scope, name).await?;
    engine.close().await;
    Ok(token.plain.expose_secret().to_owned())
}

/// What the command line asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// Of which records.
    pub kind: RecordKind,
    /// Look in Metakocka and take what waits.
    pub takes: bool,
    /// Send what waits here.
    pub sends: bool,
    /// Read everything in scope again first.
    pub scans: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Synced {
    /// For people, a line for each run.
    pub sentence: String,
    /// Nothing failed, and nothing waits for a person or is unknown.
    pub is_clean: bool,
}

/// Takes and sends what waits, working on it in this process too.
pub async fn sync(
    configuration: &Configuration,
    workspace: &str,
    wish: Wish,
) -> Result<Synced, OperatorError> {
    if wish.takes && wish.kind != RecordKind::SalesDocument {
        return Err(OperatorError::ComesWithDocuments);
    }
    let engine = open_engine(configuration).await?;
    count(&engine, &configuration.data_dir).await?;
    let scope = engine.scope_for_operator(workspace, None).await?;
    let stop = CancellationToken::new();
    let mut settings = WorkerSettings::standard(format!("command-{}", engine.now().as_microsecond()));
    settings.horizon = configuration.worker.horizon;
    let worker = async { engine.work(&settings, &stop).await };
    let runs = async {
        let ended = all_runs(&engine, &scope, wish).await;
        stop.cancel();
        ended
    };
    let ((), runs) = tokio::join!(worker, runs);
    engine.close().await;
    let runs = runs?;
    let is_clean = runs.iter().all(|run| run.failed + run.unknown + run.review == 0);
    let sentences: Vec<String> = runs.iter().map(sentence).collect();
    Ok(Synced { sentence: sentences.join("\n"), is_clean })
}

/// First what waits there, then what waits here: an edit on both sides is merged before it is sent.
async fn all_runs(engine: &Engine, scope: &TenantScope, wish: Wish) -> Result<Vec<RunView>, OperatorError> {
    let mut runs = Vec::new();
    if wish.takes {
        let id = if wish.scans {
            engine.start_scan(scope, wish.kind, Cause::Command).await?
        } else {
            engine.start_sync(scope, wish.kind, Cause::Command).await?
        };
        runs.push(end_of(engine, scope, &id).await?);
    }
    if wish.sends {
        let id = engine.start_push(scope, wish.kind, Outgoing::All, Cause::Command).await?;
        runs.push(end_of(engine, scope, &id).await?);
    }
    match runs.iter_mut().find_map(|run| run.error.take()) {
        Some(sentence) => Err(OperatorError::Run(sentence)),
        None => Ok(runs),
    }
}

fn sentence(run: &RunView) -> String {
    let way = if run.pushes { "To Metakocka" } else { "From Metakocka" };
    format!(
        "{way}: created {}, updated {}, unchanged {}, failed {}, unknown {}, for review {}, left out {}.",
        run.created, run.updated, run.unchanged, run.failed, run.unknown, run.review, run.skipped
    )
}

/// Waits for the end of a run; a person at a terminal sees how far it is.
async fn end_of(engine: &Engine, scope: &TenantScope, id: &str) -> Result<RunView, EngineError> {
    let watched = io::stderr().is_terminal();
    let every = if watched { PROGRESS } else { WATCH };
    loop {
        let run = engine.wait_for_run(scope, id, every).await?;
        if watched {
            let _ = write!(io::stderr(), "\r{} of {}\x1b[K", run.done, run.total);
        }
        if run.is_ended() {
            if watched {
                let _ = write!(io::stderr(), "\r\x1b[K");
            }
            return Ok(run);
        }
    }
}

/// Opens everything and says that it works; makes nothing that is not there yet.
pub async fn check(configuration: &Configuration) -> Result<String, OperatorError> {
    if let DatabaseUrl::Sqlite(path) = &configuration.database
        && !path.exists()
    {
        return Ok(format!("There is no database {} yet: the first start makes it.", path.display()));
    }
    let engine = open_engine(configuration).await?;
    engine.check_key().await.map_err(|error| match error {
        EngineError::Vault(_) => OperatorError::WrongKey,
        other => other.into(),
    })?;
    engine.close().await;
    Ok("The database answers and the installation's key is usable.".to_owned())
}

/// A password that nobody guesses and everybody can type.
#[must_use]
pub fn make_password(ids: &Ids) -> SecretString {
    // 64 signs, so that the low six bits of a byte choose one evenly.
    const SIGNS: &[u8; 64] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789-+=._";
    let mut chance = [0_u8; PASSWORD];
    ids.fill(&mut chance);
    let password: String = chance.iter().map(|byte| char::from(SIGNS[usize::from(byte & 63)])).collect();
    password.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_password_is_long_and_never_the_same() {
        let ids = Ids::seeded(7);
        let (one, other) = (make_password(&ids), make_password(&ids));
        assert_eq!(one.expose_secret().len(), PASSWORD);
        assert_ne!(one.expose_secret(), other.expose_secret());
    }
}
