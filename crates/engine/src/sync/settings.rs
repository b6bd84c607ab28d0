//! The workspace's connection: entered, tested, shown without its key (design §7).

use jiff::civil::Date;
use metakocka::{ConnectionCheck, DocumentType, SecretKey};
use secrecy::{ExposeSecret, SecretString};
use sync_core::record::RecordKind;
use sync_core::state::PauseCause;

use super::failure::{Failure, sentence};
use super::remote::sealed_for;
use super::service::not_connected;
use super::views::{ConnectionState, ConnectionView, instant};
use crate::access::{Role, TenantScope};
use crate::error::StateCode;
use crate::store::connections::{self, ConnectionRow, NewConnection};
use crate::store::{StoreError, Tx, links, matching, runs};
use crate::{Engine, EngineError};

/// What the owner enters.
#[derive(Debug)]
pub struct ConnectionInput {
    /// Metakocka's company id.
    pub company_id: String,
    /// Address of the API.
    pub base_url: String,
    /// The secret key; none keeps the stored one.
    pub secret_key: Option<SecretString>,
}

/// A plain answer to "does it work?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestAnswer {
    /// True when Metakocka answered as it should.
    pub works: bool,
    /// ok, key_refused, address_refused, unreachable, not_metakocka, quota or declined.
    pub kind: &'static str,
    /// For people.
    pub sentence: String,
}

/// The characters of a key that are shown to recognise it.
const SHOWN: usize = 4;

impl Engine {
    /// The connection without its key; none: not connected.
    pub async fn connection(&self, scope: &TenantScope) -> Result<Option<ConnectionView>, EngineError> {
        let row = connections::connection(self.db(), scope).await?;
        Ok(row.map(view).transpose()?)
    }

    /// Stores what the owner entered. The connection becomes active; the next look tells whether it works.
    pub async fn save_connection(
        &self,
        scope: &TenantScope,
        input: &ConnectionInput,
    ) -> Result<ConnectionView, EngineError> {
        scope.require(Role::Owner)?;
        let entered = self.check(input)?;
        let existing = connections::connection(self.db(), scope).await?;
        let mut tx = self.db().begin().await?;
        match &existing {
            None => self.insert(&mut tx, scope, input, &entered).await?,
            Some(row) => self.replace(&mut tx, scope, row, input, &entered).await?,
        }
        tx.commit().await.map_err(StoreError::from)?;
        self.connection(scope).await?.ok_or_else(not_connected)
    }

    /// Disconnects: nothing is sent or fetched any more; records, links and the key are kept, and entering the same company
    /// again resumes (contract §8). Owner.
    pub async fn disconnect(&self, scope: &TenantScope) -> Result<ConnectionView, EngineError> {
        scope.require(Role::Owner)?;
        let mut tx = self.db().begin().await?;
        let (state, reason) = (ConnectionState::Paused.as_str(), PauseCause::Disconnected.as_str());
        connections::set_state(&mut tx, scope, state, Some(reason), self.now().as_microsecond()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.remote().wake();
        self.connection(scope).await?.ok_or_else(not_connected)
    }

    /// Asks Metakocka whether the entered values work, or the stored ones.
    pub async fn test_connection(
        &self,
        scope: &TenantScope,
        input: Option<&ConnectionInput>,
    ) -> Result<TestAnswer, EngineError> {
        scope.require(Role::Owner)?;
        let stored = connections::connection(self.db(), scope).await?;
        let client = match (input, &stored) {
            (Some(input), _) if input.secret_key.is_some() => {
                let Entered { base_url, company_id, key } = self.check(input)?;
                let key = key.ok_or_else(missing_key)?;
                self.remote().client_of(&base_url, &company_id, key)
            }
            (Some(input), Some(row)) => {
                let Entered { base_url, company_id, .. } = self.check(input)?;
                let row = ConnectionRow { company_id, base_url, ..row.clone() };
                self.remote().client(self.vault(), scope, &row)
            }
            (None, Some(row)) => self.remote().client(self.vault(), scope, row),
            (Some(_), None) => return Err(missing_key()),
            (None, None) => return Err(not_connected()),
        };
        match client {
            Ok(client) => Ok(answer(client.test_connection().await)),
            Err(failure) => Ok(TestAnswer { works: false, kind: "declined", sentence: told(&failure) }),
        }
    }

    fn check(&self, input: &ConnectionInput) -> Result<Entered, EngineError> {
        let company_id = input.company_id.trim();
        metakocka::CompanyId::parse(company_id).map_err(|_| {
            EngineError::invalid(
                "companyId",
                "The company ID is the number that Metakocka shows under Settings › API.",
            )
        })?;
        self.remote().allowed().parse(&input.base_url)?;
        let key = match &input.secret_key {
            None => None,
            Some(secret) => Some(SecretKey::parse(secret.expose_secret().trim()).map_err(|_| {
                EngineError::invalid(
                    "secretKey",
                    "Enter the secret key as Metakocka shows it, without blanks.",
                )
            })?),
        };
        Ok(Entered { company_id: company_id.to_owned(), base_url: input.base_url.trim().to_owned(), key })
    }

    async fn insert(
        &self,
        tx: &mut Tx,
        scope: &TenantScope,
        input: &ConnectionInput,
        entered: &Entered,
    ) -> Result<(), EngineError> {
        let secret = input.secret_key.as_ref().ok_or_else(missing_key)?;
        let id = self.new_id();
        let now = self.now();
        let new = NewConnection {
            id: &id,
            company_id: &entered.company_id,
            base_url: &entered.base_url,
            secret_sealed: &self.seal(scope, &id, secret)?,
            secret_last4: &last4(secret),
            scope_from: &first_day(now).to_string(),
            scope_types: &DocumentType::ALL.map(DocumentType::wire).join(","),
            now: now.as_microsecond(),
        };
        let kinds = self.confirmed_kinds(scope).await?;
        connections::insert_connection(tx, scope, &new, &kinds).await?;
        Ok(())
    }

    /// A kind without records of its own has nothing to match, so nothing is to be confirmed (policy F).
    async fn confirmed_kinds(&self, scope: &TenantScope) -> Result<Vec<(&'static str, bool)>, StoreError> {
        let mut kinds = Vec::new();
        for kind in RecordKind::ALL {
            kinds.push((kind.as_str(), !matching::any_record(self.db(), scope, kind).await?));
        }
        Ok(kinds)
    }

    async fn replace(
        &self,
        tx: &mut Tx,
        scope: &TenantScope,
        row: &ConnectionRow,
        input: &ConnectionInput,
        entered: &Entered,
    ) -> Result<(), EngineError> {
        if row.company_id != entered.company_id {
            if links::any(self.db(), scope).await? {
                return Err(EngineError::state(
                    StateCode::OtherCompany,
                    "Records of this workspace are linked to another Metakocka company. Use another workspace for this one.",
                ));
            }
            if runs::any_unfinished(tx, scope).await? {
                return Err(EngineError::state(
                    StateCode::RunInProgress,
                    "A run is working with the company that is connected now. Wait until it has ended.",
                ));
            }
            let kinds = self.confirmed_kinds(scope).await?;
            connections::change_company(tx, scope, &entered.company_id).await?;
            connections::set_confirmed(tx, scope, &row.id, &kinds, self.now().as_microsecond()).await?;
        }
        let sealed = match &input.secret_key {
            Some(secret) => Some((self.seal(scope, &row.id, secret)?, last4(secret))),
            None => None,
        };
        let sealed = sealed.as_ref().map(|(text, last4)| (text.as_str(), last4.as_str()));
        let now = self.now().as_microsecond();
        connections::update_connection(tx, scope, &entered.base_url, sealed, now).await?;
        Ok(())
    }

    fn seal(
        &self,
        scope: &TenantScope,
        connection: &str,
        secret: &SecretString,
    ) -> Result<String, EngineError> {
        let trimmed = SecretString::from(secret.expose_secret().trim().to_owned());
        Ok(self.vault().seal(self.ids(), sealed_for(scope, connection), &trimmed)?)
    }
}

/// Values that have the right form.
struct Entered {
    company_id: String,
    base_url: String,
    key: Option<SecretKey>,
}

fn missing_key() -> EngineError {
    EngineError::invalid("secretKey", "Enter the secret key; Metakocka shows it under Settings › API.")
}

/// Documents dated on or after 1 January of last year (policy A, scope).
fn first_day(now: jiff::Timestamp) -> Date {
    let year = jiff::tz::TimeZone::UTC.to_datetime(now).year();
    Date::new(year - 1, 1, 1).unwrap_or(Date::ZERO)
}

fn last4(secret: &SecretString) -> String {
    let letters: Vec<char> = secret.expose_secret().trim().chars().collect();
    letters[letters.len().saturating_sub(SHOWN)..].iter().collect()
}

fn told(failure: &Failure) -> String {
    failure.told().sentence
}

fn answer(check: ConnectionCheck) -> TestAnswer {
    let (kind, error) = match check {
        ConnectionCheck::Working => {
            return TestAnswer {
                works: true,
                kind: "ok",
                sentence: "Metakocka answers and accepts the key.".to_owned(),
            };
        }
        ConnectionCheck::KeyRefused(error) => ("key_refused", error),
        ConnectionCheck::AddressRefused(error) => ("address_refused", error),
        ConnectionCheck::Unreachable(error) => ("unreachable", error),
        ConnectionCheck::NotMetakocka(error) => ("not_metakocka", error),
        ConnectionCheck::QuotaReached(error) => ("quota", error),
        ConnectionCheck::Declined(error) => ("declined", error),
    };
    TestAnswer { works: false, kind, sentence: sentence(&error) }
}

fn view(row: ConnectionRow) -> Result<ConnectionView, StoreError> {
    Ok(ConnectionView {
        state: ConnectionState::parse(&row.state)?,
        since: instant(row.state_since, "connections.state_since")?,
        company_id: row.company_id,
        base_url: row.base_url,
        secret_last4: row.secret_last4,
        reason: row.state_reason,
        by: row.state_by_name,
    })
}
