//! The command line: parses, calls, ends with one sentence. No logic of its own.

use std::error::Error;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use crm_mind::server::configuration::{self, Configuration, Flags};
use crm_mind::server::{operator, start, telemetry};
use engine::error::chain;
use sync_core::record::RecordKind;
use tokio_util::sync::CancellationToken;

/// Keeps contacts, products and sales documents equal in a CRM and the Metakocka ERP.
#[derive(Debug, Parser)]
#[command(name = "crm-mind", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the application
    Serve(Settings),
    /// Run the application with a simulated Metakocka and sample records, on this machine only
    #[cfg(feature = "demo")]
    Demo(crm_mind::demo::Arguments),
    /// Run the simulated Metakocka alone
    #[cfg(feature = "demo")]
    Simulator(metakocka_simulator::program::Options),
    /// Look in Metakocka and take what waits, send what waits here, or both, now, without the application
    Sync(SyncArguments),
    /// People who may sign in
    #[command(subcommand)]
    User(UserCommand),
    /// Bearer tokens for programs
    #[command(subcommand)]
    Token(TokenCommand),
    /// Print the effective configuration, without secrets, and check database and key
    Doctor(Settings),
}

#[derive(Debug, Args)]
struct Settings {
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Args)]
struct SyncArguments {
    /// Name or id of the workspace
    #[arg(long)]
    workspace: String,
    /// Which records
    #[arg(long, value_enum, default_value = "sales-documents")]
    kind: KindName,
    /// Which way
    #[arg(long, value_enum, default_value = "from-mk")]
    direction: Way,
    /// Read everything in scope again, and find out what is gone
    #[arg(long)]
    scan: bool,
    #[command(flatten)]
    flags: Flags,
}

/// Kinds of records, as the command line spells them.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindName {
    Contacts,
    Products,
    SalesDocuments,
}

impl From<KindName> for RecordKind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Contacts => Self::Contact,
            KindName::Products => Self::Product,
            KindName::SalesDocuments => Self::SalesDocument,
        }
    }
}

/// Which way records go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Way {
    FromMk,
    ToMk,
    Both,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Add a person; the password is read from standard input, or made and printed once
    Add {
        /// What they sign in with
        #[arg(long)]
        email: String,
        /// Shown beside what they do
        #[arg(long)]
        name: String,
        /// The workspace they belong to; made when it does not exist
        #[arg(long)]
        workspace: String,
        /// What they may do there
        #[arg(long, value_enum, default_value = "staff")]
        role: RoleName,
        #[command(flatten)]
        flags: Flags,
    },
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token of one person in one workspace; it is printed once
    Add {
        /// Whose token it is
        #[arg(long)]
        email: String,
        /// Where it counts
        #[arg(long)]
        workspace: String,
        /// What it is for
        #[arg(long)]
        name: String,
        #[command(flatten)]
        flags: Flags,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    ReadOnly,
    Staff,
    Owner,
}

impl From<RoleName> for engine::access::Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::ReadOnly => Self::ReadOnly,
            RoleName::Staff => Self::Staff,
            RoleName::Owner => Self::Owner,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Cli::parse().command;
    if let Command::Sync(arguments) = command {
        return sync(arguments).await;
    }
    match run(command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crm-mind: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// Ends with 0 when everything went through, 1 when something did not, 2 when nothing could be done.
async fn sync(arguments: SyncArguments) -> ExitCode {
    let wish = operator::Wish {
        kind: arguments.kind.into(),
        takes: arguments.direction != Way::ToMk,
        sends: arguments.direction != Way::FromMk,
        scans: arguments.scan,
    };
    let synced = async {
        let configuration = open_log(&arguments.flags)?;
        let synced = operator::sync(&configuration, &arguments.workspace, wish).await?;
        operator::say(&synced.sentence)?;
        Ok::<_, Box<dyn Error>>(synced.is_clean)
    };
    match synced.await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("crm-mind: {}", chain(error.as_ref()));
            ExitCode::from(2)
        }
    }
}

async fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Serve(settings) => serve(&settings.flags).await,
        #[cfg(feature = "demo")]
        Command::Demo(arguments) => Ok(crm_mind::demo::run(arguments).await?),
        #[cfg(feature = "demo")]
        Command::Simulator(options) => tokio::select! {
            ran = metakocka_simulator::program::run(options) => Ok(ran?),
            () = crm_mind::demo::parent_gone() => Ok(()),
        },
        Command::Sync(_) => Ok(()), // Has exit codes of its own.
        Command::User(UserCommand::Add { email, name, workspace, role, flags }) => {
            let (configuration, _) = Configuration::load(&flags)?;
            let person = operator::NewPerson { email, name, workspace, role: role.into() };
            let sentence =
                operator::add_user(&configuration, person, operator::password_from_stdin()?).await?;
            Ok(operator::say(&sentence)?)
        }
        Command::Token(TokenCommand::Add { email, workspace, name, flags }) => {
            let (configuration, _) = Configuration::load(&flags)?;
            let token = operator::add_token(&configuration, &email, &workspace, &name).await?;
            Ok(operator::say(&token)?)
        }
        Command::Doctor(settings) => {
            let (configuration, layers) = Configuration::load(&settings.flags)?;
            operator::say(&configuration::report(&layers))?;
            Ok(operator::say(&operator::check(&configuration).await?)?)
        }
    }
}

async fn serve(flags: &Flags) -> Result<(), Box<dyn Error>> {
    let configuration = open_log(flags)?;
    let engine = start::open_engine(&configuration).await?;
    let stop = CancellationToken::new();
    let running = start::start(engine, configuration, false, stop.clone()).await?;
    start::told_to_end().await?;
    stop.cancel();
    Ok(running.finished().await?)
}

fn open_log(flags: &Flags) -> Result<Configuration, Box<dyn Error>> {
    let (configuration, _) = Configuration::load(flags)?;
    telemetry::open(&configuration)?;
    Ok(configuration)
}
