//! The protocol as a table: what happens, and what the machine makes of it.

use super::*;
use crate::lease;
use crate::plan::OpenIntent;
use crate::record::RecordId;
use NotStored as N;

const HORIZON: Duration = Duration::from_mins(10);

fn id(text: &str) -> ExternalId {
    ExternalId::parse(text).unwrap()
}

fn hash(letter: char) -> ContentHash {
    ContentHash::parse(&letter.to_string().repeat(64)).unwrap()
}

fn marker() -> Marker {
    Marker::of("c", &RecordId::parse("00000000-0000-7000-8000-000000000001").unwrap())
}

fn hit(name: &str, marked: bool, differs_in: &[&str]) -> Hit {
    let differs_in = differs_in.iter().map(|&field| field.to_owned()).collect();
    Hit { id: id(name), number: Some(format!("No. {name}")), marked, differs_in }
}

fn found(hits: &[Hit]) -> Event {
    Event::Looked(Answer::Found { hits: hits.to_vec(), control: Control::Proven })
}

fn unproven(control: Control) -> Event {
    Event::Looked(Answer::Found { hits: Vec::new(), control })
}

fn no_look(unreachable: bool) -> Event {
    Event::Looked(Answer::Failed { unreachable })
}

fn read(compared: Compared) -> Event {
    Event::Read(ReadBack::Found { compared, foreign: Vec::new(), lost: Vec::new() })
}

fn no_read(unreachable: bool) -> Event {
    Event::Read(ReadBack::Failed { unreachable })
}

fn done(name: Option<&str>) -> Event {
    Event::Reply(Reply::Done { id: name.map(id), number: None })
}

fn unclear(cause: Unclear) -> Event {
    Event::Reply(Reply::Unclear(cause))
}

fn timed_out() -> Event {
    unclear(Unclear::TimedOut)
}

fn code_one() -> Event {
    unclear(Unclear::InternalError("Internal error".to_owned()))
}

fn refused() -> Event {
    Event::Reply(Reply::Refused(Refusal::new("No.")))
}

fn exists(used_by: &[&str]) -> Event {
    let used_by = used_by.iter().map(|name| id(name)).collect();
    Event::Reply(Reply::NumberExists { used_by, refusal: Refusal::new("Number exists") })
}

fn cannot_find() -> Event {
    Event::Reply(Reply::CannotFind(Refusal::new("Cannot find")))
}

fn away(hold: Hold) -> Event {
    Event::Reply(Reply::TurnedAway(hold))
}

fn it_is(name: &str) -> Event {
    Event::Person(PersonSaid::ItIs { id: id(name), number: None })
}

fn not_stored() -> Event {
    Event::Person(PersonSaid::NotStored)
}

/// What a write is about.
#[derive(Clone, Copy)]
enum W {
    /// An order under our own marker: nothing is looked up before.
    Order,
    /// A document that is looked up before.
    Offer,
    /// A contact: known by its content; 7 was looked at when it was planned.
    Contact,
    /// A change of 5.
    Update,
}

impl W {
    fn write(self) -> Write {
        let known = vec![id("7")];
        let content = Lookup { queries: vec![Query::ExactName("Ana".into())], identity: Identity::Content };
        let target = match self {
            Self::Order => Target::Create { lookup: Lookup::order(&marker(), None), before: Before::Skip },
            Self::Offer => {
                Target::Create { lookup: Lookup::offer(id("1")), before: Before::Look { known: Vec::new() } }
            }
            Self::Contact => Target::Create { lookup: content, before: Before::Look { known } },
            Self::Update => Target::Update { id: id("5"), read_at: second(0) },
        };
        Write { target, payload: hash('a'), horizon: HORIZON }
    }
}

/// What drives a case besides events.
enum Do {
    /// An event, this many seconds after the start.
    At(i64, Event),
    /// The row is taken up again.
    Wake(i64, Waking),
    /// The planner begins the same write again.
    Again,
}
use Do::{Again, At, Wake};

fn second(seconds: i64) -> UtcMicros {
    UtcMicros(seconds * 1_000_000)
}

/// Runs a case; each step as `state+effect >command`, a step that changes nothing in the row as
/// `(state) >command`.
fn run(what: W, script: Vec<Do>) -> String {
    let mut trace = Vec::new();
    let mut row = settle(Intent::prepare(Slot::after(None).unwrap(), what.write()), &mut trace);
    let mut held = None;
    for step in script {
        let taken = match step {
            At(at, event) => {
                let intent = held.take().unwrap_or_else(|| awake(&row, at));
                let now = second(at);
                match intent.on(event, Turn { now, lease_until: now.plus(lease::LENGTH) }) {
                    Ok(step) => step,
                    Err(illegal) => {
                        trace.push(format!("!{}", illegal.state));
                        continue;
                    }
                }
            }
            Wake(at, why) => row.0.clone().wake(why, second(at)),
            Again => Intent::prepare(Slot::after(Some(&row.0)).unwrap(), what.write()),
        };
        row = settle(taken, &mut trace);
        held = row.1.take();
    }
    trace.remove(0);
    trace.join(" ")
}

type Row = (Dormant, Option<Intent>);

fn awake(row: &Row, at: i64) -> Intent {
    row.0.clone().wake(Waking::Due, second(at)).committed().0
}

fn settle(step: Step, trace: &mut Vec<String>) -> Row {
    let written = step.to_commit().map(|persist| {
        let alarms: String = persist.alarms.iter().map(alarm_name).collect();
        format!("{}{alarms}", effect_name(persist.effect))
    });
    let (intent, commands) = step.committed();
    let mut text = match written {
        Some(effect) => format!("{}{effect}", intent.state()),
        None => format!("({})", intent.state()),
    };
    for command in &commands {
        text.push_str(&command_name(command));
    }
    trace.push(text);
    (intent.to_row(), Some(intent))
}

fn effect_name(effect: &Effect) -> String {
    match effect {
        Effect::None => String::new(),
        Effect::Link { id, .. } => format!("+link{id}"),
        Effect::Confirm { id } => format!("+base{id}"),
        Effect::Mirror => "+mirror".to_owned(),
        Effect::Gone { id } => format!("+gone{id}"),
        Effect::KeepCustomer { customer } => format!("+customer{customer}"),
    }
}

fn alarm_name(alarm: &Alarm) -> &'static str {
    match alarm {
        Alarm::ForeignChange { .. } => "!foreign",
        Alarm::LostField { .. } => "!lost",
    }
}

fn command_name(command: &Command) -> String {
    match command {
        Command::Send(_) => ">SEND".to_owned(),
        Command::Lookup(lookup) => format!(">look{}", lookup.queries.len()),
        Command::Read(id) => format!(">read{id}"),
        Command::WaitUntil(at) => format!(">wait{}", at.0 / 1_000_000),
        Command::Hold(Hold::NoConnection) => ">hold:connection".to_owned(),
        Command::Hold(Hold::Key) => ">hold:key".to_owned(),
        Command::Hold(Hold::Quota { .. }) => ">hold:quota".to_owned(),
        Command::Hold(Hold::TooLate) => ">hold:late".to_owned(),
        Command::AskPerson { candidates, not_stored_from } => {
            let names: Vec<&str> = candidates.iter().map(|hit| hit.id.as_str()).collect();
            format!(">ask[{}]{}", names.join(","), not_stored_from.0 / 1_000_000)
        }
        Command::PlanAgain => ">plan".to_owned(),
        Command::Prove { id, .. } => format!(">prove{id}"),
    }
}

/// Name, write, script, trace after `prepared`.
type Case = (&'static str, W, Vec<Do>, &'static str);

fn start() -> Do {
    At(0, Event::Tick)
}

#[rustfmt::skip]
fn sending() -> Vec<Case> {
    let keeps_customer = Event::Reply(Reply::Refused(Refusal { customer: Some(id("77")), ..Refusal::new("No.") }));
    vec![
        ("an order under our marker is sent without a look", W::Order, vec![start(), At(1, done(Some("9")))], "sending>SEND stored+link9>read9"),
        ("an offer is looked up first", W::Offer, vec![start(), At(1, found(&[])), At(2, done(Some("9")))], "(prepared)>look1 sending>SEND stored+link9>read9"),
        ("no answer to the look before", W::Offer, vec![start(), At(1, no_look(true))], "(prepared)>look1 (prepared)>wait31"),
        ("our marker is there already: nothing is sent", W::Offer, vec![start(), At(1, found(&[hit("8", false, &["title"]), hit("9", true, &[])]))], "(prepared)>look1 stored+link9>read9"),
        ("our marker is there twice: a person", W::Offer, vec![start(), At(1, found(&[hit("8", true, &[]), hit("9", true, &[])]))], "(prepared)>look1 needs_person>ask[8,9]601"),
        ("a contact that was not known is planned again", W::Contact, vec![start(), At(1, found(&[hit("8", false, &["name"])]))], "(prepared)>look1 not_stored+mirror>plan"),
        ("a contact beside a known one is sent", W::Contact, vec![start(), At(1, found(&[hit("7", false, &[])]))], "(prepared)>look1 sending>SEND"),
        ("cancelled before it left", W::Order, vec![At(0, Event::Cancel)], "not_stored>plan"),
        ("not cancelled any more", W::Order, vec![start(), At(1, Event::Cancel)], "sending>SEND !sending"),
        ("a success without an id", W::Order, vec![start(), At(1, done(None))], "sending>SEND unknown>wait11"),
        ("an update needs none", W::Update, vec![start(), At(1, done(None))], "sending>SEND stored+link5>read5"),
        ("a replacement that became another record", W::Update, vec![start(), At(1, done(Some("6")))], "sending>SEND unknown>wait11"),
        ("no connection", W::Order, vec![start(), At(1, away(Hold::NoConnection)), At(60, Event::Tick)], "sending>SEND prepared>hold:connection sending>SEND"),
        ("the key", W::Order, vec![start(), At(1, away(Hold::Key))], "sending>SEND prepared>hold:key"),
        ("the quota", W::Order, vec![start(), At(1, away(Hold::Quota { retry_after: None }))], "sending>SEND prepared>hold:quota"),
        ("looked before again after a hold", W::Offer, vec![start(), At(1, found(&[])), At(2, away(Hold::NoConnection)), At(60, Event::Tick)], "(prepared)>look1 sending>SEND prepared>hold:connection (prepared)>look1"),
        ("refused", W::Order, vec![start(), At(1, refused())], "sending>SEND refused>plan"),
        ("a refused document made a customer", W::Order, vec![start(), At(1, keeps_customer)], "sending>SEND refused+customer77>plan"),
        ("a create of something unfindable is refused", W::Order, vec![start(), At(1, cannot_find())], "sending>SEND refused>plan"),
        ("an update that was held reads again first", W::Update, vec![start(), At(1, away(Hold::Key)), At(3_600, Event::Tick), At(3_601, read(Compared::Before)), At(3_602, done(None))], "sending>SEND prepared>hold:key (prepared)>read5 sending>SEND stored+link5>read5"),
        ("an update of what is not as it was is planned again", W::Update, vec![At(5, Event::Tick), At(6, read(Compared::Mixed))], "(prepared)>read5 not_stored+mirror>plan"),
        ("an update of what is gone", W::Update, vec![At(5, Event::Tick), At(6, Event::Read(ReadBack::NotFound))], "(prepared)>read5 not_stored+gone5>plan"),
        ("an update that can't be compared waits", W::Update, vec![At(5, Event::Tick), At(6, no_read(true))], "(prepared)>read5 (prepared)>wait36"),
        ("a create is not read", W::Order, vec![At(5, read(Compared::Before))], "!prepared"),
        ("a tick while it is out", W::Order, vec![start(), At(1, Event::Tick)], "sending>SEND (sending)"),
        ("a reply that is delivered twice", W::Order, vec![start(), At(1, done(Some("9"))), At(1, done(Some("9")))], "sending>SEND stored+link9>read9 !stored"),
        ("a reply to nothing", W::Order, vec![At(1, done(Some("9")))], "!prepared"),
    ]
}

#[rustfmt::skip]
fn settling() -> Vec<Case> {
    let number = || vec![start(), At(1, exists(&["8", "9"])), At(1, Event::Tick)];
    let and = |mut script: Vec<Do>, more: Vec<Do>| { script.extend(more); script };
    let late = || vec![start(), At(1, timed_out()), At(601, Event::Tick)];
    let update = || vec![start(), At(1, timed_out()), At(11, Event::Tick)];
    let late_update = || vec![start(), At(1, timed_out()), At(601, Event::Tick)];
    vec![
        ("found at the first look", W::Order, vec![start(), At(1, timed_out()), At(11, Event::Tick), At(12, found(&[hit("9", true, &[])]))], "sending>SEND unknown>wait11 (settling)>look1 stored+link9>read9"),
        ("a tick too early", W::Order, vec![start(), At(1, timed_out()), At(5, Event::Tick)], "sending>SEND unknown>wait11 (unknown)>wait11"),
        ("not found before the horizon proves nothing", W::Order, vec![start(), At(1, timed_out()), At(11, Event::Tick), At(12, found(&[])), At(121, Event::Tick), At(122, found(&[])), At(601, Event::Tick), At(602, found(&[]))], "sending>SEND unknown>wait11 (settling)>look1 unknown>wait46 (settling)>look1 unknown>wait241 (settling)>look1 not_stored>plan"),
        ("answered after the horizon, asked before it", W::Order, vec![start(), At(1, timed_out()), At(500, Event::Tick), At(700, found(&[]))], "sending>SEND unknown>wait11 (settling)>look1 unknown>wait730"),
        ("never proven to find anything: a person", W::Order, and(late(), vec![At(602, unproven(Control::NotYet))]), "sending>SEND unknown>wait11 (settling)>look1 needs_person>ask[]601"),
        ("proven to find nothing: a person", W::Order, and(late(), vec![At(602, unproven(Control::Failed))]), "sending>SEND unknown>wait11 (settling)>look1 needs_person>ask[]601"),
        ("no answer: asked again", W::Order, vec![start(), At(1, timed_out()), At(11, Event::Tick), At(12, no_look(false))], "sending>SEND unknown>wait11 (settling)>look1 unknown>wait42"),
        ("unreachable: the horizon counts anew", W::Order, and(late(), vec![At(602, no_look(true)), At(632, Event::Tick), At(633, found(&[])), At(1202, Event::Tick), At(1203, found(&[]))]), "sending>SEND unknown>wait11 (settling)>look1 unknown>wait632 (settling)>look1 unknown>wait647 (settling)>look1 not_stored>plan"),
        ("what was there before is not ours", W::Offer, vec![start(), At(1, found(&[hit("8", false, &["title"])])), At(2, timed_out()), At(12, Event::Tick), At(13, found(&[hit("8", false, &["title"]), hit("9", true, &[])]))], "(prepared)>look1 sending>SEND unknown>wait12 (settling)>look1 stored+link9>read9"),
        ("two that could be ours: a person, at once", W::Offer, vec![start(), At(1, found(&[])), At(2, timed_out()), At(12, Event::Tick), At(13, found(&[hit("8", true, &[]), hit("9", true, &[])]))], "(prepared)>look1 sending>SEND unknown>wait12 (settling)>look1 needs_person>ask[8,9]602"),
        ("one with our marker beside one that may have lost it: waits", W::Offer, vec![start(), At(1, found(&[])), At(2, timed_out()), At(12, Event::Tick), At(13, found(&[hit("8", false, &["title", "marker"]), hit("9", true, &[])]))], "(prepared)>look1 sending>SEND unknown>wait12 (settling)>look1 unknown>wait47"),
        ("one with our marker beside one that may have lost it, after the horizon: a person", W::Offer, vec![start(), At(1, found(&[])), At(2, timed_out()), At(602, Event::Tick), At(603, found(&[hit("8", false, &["title"]), hit("9", true, &[])]))], "(prepared)>look1 sending>SEND unknown>wait12 (settling)>look1 needs_person>ask[8,9]602"),
        ("one with our marker beside another one: ours", W::Offer, vec![start(), At(1, found(&[])), At(2, timed_out()), At(12, Event::Tick), At(13, found(&[hit("8", false, &["title", "notes"]), hit("9", true, &[])]))], "(prepared)>look1 sending>SEND unknown>wait12 (settling)>look1 stored+link9>read9"),
        ("one that is alike: waits for ours", W::Contact, vec![start(), At(1, found(&[])), At(2, timed_out()), At(12, Event::Tick), At(13, found(&[hit("8", false, &["email"])]))], "(prepared)>look1 sending>SEND unknown>wait12 (settling)>look1 unknown>wait47"),
        ("only one that is alike after the horizon: a person", W::Contact, vec![start(), At(1, found(&[])), At(2, timed_out()), At(602, Event::Tick), At(603, found(&[hit("8", false, &["email"])]))], "(prepared)>look1 sending>SEND unknown>wait12 (settling)>look1 needs_person>ask[8]602"),
        ("all sent fields agree: ours", W::Contact, vec![start(), At(1, found(&[])), At(2, timed_out()), At(12, Event::Tick), At(13, found(&[hit("7", false, &["name"]), hit("9", false, &[])]))], "(prepared)>look1 sending>SEND unknown>wait12 (settling)>look1 stored+link9>read9"),
        ("a code 1 that is settled, comes again and is settled again is a refusal", W::Order, vec![start(), At(1, code_one()), At(601, Event::Tick), At(602, found(&[])), Again, At(700, Event::Tick), At(701, code_one()), At(1301, Event::Tick), At(1302, found(&[]))], "sending>SEND unknown>wait11 (settling)>look1 not_stored>plan prepared sending>SEND unknown>wait711 (settling)>look1 refused>plan"),
        ("a code 1 that comes again may have been stored this time", W::Order, vec![start(), At(1, code_one()), At(601, Event::Tick), At(602, found(&[])), Again, At(700, Event::Tick), At(701, code_one()), At(711, Event::Tick), At(712, found(&[hit("9", true, &[])]))], "sending>SEND unknown>wait11 (settling)>look1 not_stored>plan prepared sending>SEND unknown>wait711 (settling)>look1 stored+link9>read9"),
        ("another failure after it is not", W::Order, vec![start(), At(1, code_one()), At(601, Event::Tick), At(602, found(&[])), Again, At(700, Event::Tick), At(701, timed_out())], "sending>SEND unknown>wait11 (settling)>look1 not_stored>plan prepared sending>SEND unknown>wait711"),
        ("the number exists, on ours", W::Order, and(number(), vec![At(2, found(&[hit("8", false, &[]), hit("9", true, &[])]))]), "sending>SEND unknown>wait1 (settling)>look1 stored+link9>read9"),
        ("the number exists, on others", W::Order, and(number(), vec![At(2, found(&[hit("8", false, &[])]))]), "sending>SEND unknown>wait1 (settling)>look1 refused>plan"),
        ("the number exists, on two of ours", W::Order, and(number(), vec![At(2, found(&[hit("8", true, &[]), hit("9", true, &[])]))]), "sending>SEND unknown>wait1 (settling)>look1 needs_person>ask[8,9]601"),
        ("an update that arrived", W::Update, and(update(), vec![At(12, read(Compared::Wanted))]), "sending>SEND unknown>wait11 (settling)>read5 confirmed+base5>plan"),
        ("an update that may still arrive", W::Update, and(update(), vec![At(12, read(Compared::Before))]), "sending>SEND unknown>wait11 (settling)>read5 unknown>wait46"),
        ("a mixed one may still arrive too", W::Update, and(update(), vec![At(12, read(Compared::Mixed))]), "sending>SEND unknown>wait11 (settling)>read5 unknown>wait46"),
        ("an update that did not arrive", W::Update, and(late_update(), vec![At(602, read(Compared::Before))]), "sending>SEND unknown>wait11 (settling)>read5 not_stored>plan"),
        ("overwritten by a late write of ours: what was seen is kept", W::Update, and(update(), vec![At(12, Event::Read(ReadBack::Found { compared: Compared::Mixed, foreign: vec!["title".into()], lost: vec![] })), At(121, Event::Tick), At(122, read(Compared::Wanted))]), "sending>SEND unknown>wait11 (settling)>read5 unknown>wait46 (settling)>read5 confirmed+base5!foreign>plan"),
        ("neither before nor wanted", W::Update, and(late_update(), vec![At(602, read(Compared::Mixed))]), "sending>SEND unknown>wait11 (settling)>read5 not_stored+mirror>plan"),
        ("neither, and what was seen is shown", W::Update, and(late_update(), vec![At(602, Event::Read(ReadBack::Found { compared: Compared::Mixed, foreign: vec!["title".into()], lost: vec![] }))]), "sending>SEND unknown>wait11 (settling)>read5 not_stored+mirror!foreign>plan"),
        ("gone meanwhile", W::Update, and(update(), vec![At(12, Event::Read(ReadBack::NotFound))]), "sending>SEND unknown>wait11 (settling)>read5 not_stored+gone5>plan"),
        ("not read", W::Update, and(update(), vec![At(12, no_read(true))]), "sending>SEND unknown>wait11 (settling)>read5 unknown>wait42"),
        ("cannot be found, and is gone", W::Update, vec![start(), At(1, cannot_find()), At(1, Event::Tick), At(2, Event::Read(ReadBack::NotFound))], "sending>SEND unknown>wait1 (settling)>read5 not_stored+gone5>plan"),
        ("cannot be found, and is there", W::Update, vec![start(), At(1, cannot_find()), At(1, Event::Tick), At(2, read(Compared::Before))], "sending>SEND unknown>wait1 (settling)>read5 refused>plan"),
        ("a read for a look-up", W::Order, vec![start(), At(1, timed_out()), At(11, Event::Tick), At(12, read(Compared::Wanted))], "sending>SEND unknown>wait11 (settling)>look1 !settling"),
    ]
}

#[rustfmt::skip]
fn read_back_and_people() -> Vec<Case> {
    let stored = |more: Vec<Do>| { let mut script = vec![start(), At(1, done(Some("9")))]; script.extend(more); script };
    let asked = |more: Vec<Do>| { let mut script = vec![start(), At(1, timed_out()), At(601, Event::Tick), At(602, unproven(Control::NotYet))]; script.extend(more); script };
    let two = |more: Vec<Do>| { let mut script = vec![start(), At(1, timed_out()), At(11, Event::Tick), At(12, found(&[hit("8", true, &[]), hit("9", true, &[])]))]; script.extend(more); script };
    let strange = Event::Read(ReadBack::Found { compared: Compared::Mixed, foreign: vec!["title".into()], lost: vec!["warehouse".into()] });
    vec![
        ("confirmed", W::Order, stored(vec![At(2, read(Compared::Wanted))]), "sending>SEND stored+link9>read9 confirmed+base9>prove9>plan"),
        ("read back as something else: the difference is the base's", W::Order, stored(vec![At(2, read(Compared::Mixed))]), "sending>SEND stored+link9>read9 confirmed+base9>prove9>plan"),
        ("changed meanwhile, and a field lost", W::Update, vec![start(), At(1, done(None)), At(2, strange)], "sending>SEND stored+link5>read5 confirmed+base5!foreign!lost>plan"),
        ("not read back yet", W::Order, stored(vec![At(2, no_read(true)), At(32, Event::Tick)]), "sending>SEND stored+link9>read9 (stored)>wait32 (stored)>read9"),
        ("a created record that cannot be found: a person", W::Order, stored(vec![At(2, Event::Read(ReadBack::NotFound))]), "sending>SEND stored+link9>read9 needs_person>ask[]602"),
        ("an updated record that cannot be found is gone", W::Update, vec![start(), At(1, done(None)), At(2, Event::Read(ReadBack::NotFound))], "sending>SEND stored+link5>read5 not_stored+gone5>plan"),
        ("it is this one", W::Order, two(vec![At(20, it_is("8"))]), "sending>SEND unknown>wait11 (settling)>look1 needs_person>ask[8,9]601 stored+link8>read8"),
        ("not stored, said too early", W::Order, two(vec![At(600, not_stored())]), "sending>SEND unknown>wait11 (settling)>look1 needs_person>ask[8,9]601 !needs_person"),
        ("not stored, and one more look agrees", W::Order, asked(vec![At(700, not_stored()), At(701, found(&[]))]), "sending>SEND unknown>wait11 (settling)>look1 needs_person>ask[]601 (needs_person)>look1 not_stored>plan"),
        ("neither of those that were shown", W::Order, two(vec![At(700, not_stored()), At(701, found(&[hit("8", true, &[]), hit("9", true, &[])]))]), "sending>SEND unknown>wait11 (settling)>look1 needs_person>ask[8,9]601 (needs_person)>look1 not_stored>plan"),
        ("not stored, but one more look finds it", W::Order, asked(vec![At(700, not_stored()), At(701, found(&[hit("9", true, &[])]))]), "sending>SEND unknown>wait11 (settling)>look1 needs_person>ask[]601 (needs_person)>look1 stored+link9>read9"),
        ("not stored, but one more look finds others", W::Order, asked(vec![At(700, not_stored()), At(701, found(&[hit("8", true, &[]), hit("9", true, &[])]))]), "sending>SEND unknown>wait11 (settling)>look1 needs_person>ask[]601 (needs_person)>look1 needs_person>ask[8,9]601"),
        ("the last look is not answered", W::Order, asked(vec![At(700, not_stored()), At(701, no_look(true))]), "sending>SEND unknown>wait11 (settling)>look1 needs_person>ask[]601 (needs_person)>look1 (needs_person)>wait731"),
        ("discovery sees it while a person is asked", W::Order, asked(vec![At(900, found(&[hit("9", true, &[])]))]), "sending>SEND unknown>wait11 (settling)>look1 needs_person>ask[]601 stored+link9>read9"),
        ("nothing new while a person is asked", W::Order, asked(vec![At(900, found(&[]))]), "sending>SEND unknown>wait11 (settling)>look1 needs_person>ask[]601 (needs_person)"),
        ("the person is asked again", W::Order, asked(vec![At(900, Event::Tick)]), "sending>SEND unknown>wait11 (settling)>look1 needs_person>ask[]601 (needs_person)>ask[]601"),
        ("a person who was not asked", W::Order, vec![start(), At(1, it_is("9"))], "sending>SEND !sending"),
    ]
}

#[rustfmt::skip]
fn crashes_restores_and_clocks() -> Vec<Case> {
    let unknown = |more: Vec<Do>| { let mut script = vec![start(), At(1, timed_out())]; script.extend(more); script };
    let asked = |more: Vec<Do>| { let mut script = vec![start(), At(1, timed_out()), At(601, Event::Tick), At(602, unproven(Control::NotYet))]; script.extend(more); script };
    vec![
        ("prepared and abandoned: nothing left", W::Order, vec![Wake(9, Waking::Abandoned), At(9, Event::Tick)], "(prepared) sending>SEND"),
        ("sending and abandoned: unknown, from the end of the old lease", W::Order, vec![start(), Wake(9, Waking::Abandoned)], "sending>SEND unknown>wait70"),
        ("sending is never simply due", W::Order, vec![start(), Wake(9, Waking::Due)], "sending>SEND unknown>wait70"),
        ("stored and abandoned: read back", W::Order, vec![start(), At(1, done(Some("9"))), Wake(9, Waking::Abandoned), At(9, Event::Tick)], "sending>SEND stored+link9>read9 (stored) (stored)>read9"),
        ("stored and restored: its id is proof", W::Order, vec![start(), At(1, done(Some("9"))), Wake(9, Waking::Restored)], "sending>SEND stored+link9>read9 (stored)"),
        ("unknown and abandoned: it goes on", W::Order, unknown(vec![Wake(300, Waking::Abandoned)]), "sending>SEND unknown>wait11 (unknown)"),
        ("unknown and due: it goes on", W::Order, unknown(vec![Wake(11, Waking::Due), At(11, Event::Tick)]), "sending>SEND unknown>wait11 (unknown) (settling)>look1"),
        ("prepared in a copy: the original may have sent it", W::Offer, vec![Wake(9, Waking::Restored), At(609, Event::Tick), At(610, found(&[]))], "unknown>wait19 (settling)>look1 not_stored>plan"),
        ("sending in a copy", W::Order, vec![start(), Wake(9, Waking::Restored)], "sending>SEND unknown>wait19"),
        ("unknown in a copy", W::Order, unknown(vec![Wake(300, Waking::Restored)]), "sending>SEND unknown>wait11 unknown>wait310"),
        ("a question in a copy: its horizon counts anew", W::Order, asked(vec![Wake(700, Waking::Restored), At(1299, not_stored()), At(1300, not_stored())]), "sending>SEND unknown>wait11 (settling)>look1 needs_person>ask[]601 needs_person !needs_person (needs_person)>look1"),
        ("the clock jumped while it was unknown", W::Order, unknown(vec![At(5_000, Event::ClockJumped), At(5_010, Event::Tick), At(5_011, found(&[]))]), "sending>SEND unknown>wait11 unknown>wait5010 (settling)>look1 unknown>wait5045"),
        ("the clock went back", W::Order, unknown(vec![At(-5_000, Event::ClockJumped)]), "sending>SEND unknown>wait11 unknown>wait-4990"),
        ("the clock jumped during a look-up: its answer is not waited for", W::Order, unknown(vec![At(11, Event::Tick), At(5_000, Event::ClockJumped)]), "sending>SEND unknown>wait11 (settling)>look1 unknown>wait5010"),
        ("the clock jumped while a person is asked", W::Order, asked(vec![At(5_000, Event::ClockJumped), At(5_001, not_stored())]), "sending>SEND unknown>wait11 (settling)>look1 needs_person>ask[]601 needs_person !needs_person"),
        ("the clock jumped while nobody had it", W::Order, unknown(vec![Wake(5_000, Waking::ClockJumped)]), "sending>SEND unknown>wait11 unknown>wait5010"),
        ("the clock jumped while a person was asked and nobody had it", W::Order, asked(vec![Wake(5_000, Waking::ClockJumped)]), "sending>SEND unknown>wait11 (settling)>look1 needs_person>ask[]601 needs_person"),
        ("the clock makes a read old", W::Update, vec![At(1, Event::ClockJumped), At(1, Event::Tick)], "(prepared) (prepared)>read5"),
        ("the clock makes a read old that nobody had in hand", W::Update, vec![Wake(1, Waking::ClockJumped), At(1, Event::Tick)], "prepared (prepared)>read5"),
        ("the clock wakes nothing that is being sent", W::Order, vec![start(), Wake(1, Waking::ClockJumped)], "sending>SEND (sending)"),
        ("the clock means nothing to what waits for no time", W::Order, vec![At(1, Event::ClockJumped), start(), At(1, Event::ClockJumped)], "(prepared) sending>SEND (sending)"),
    ]
}

#[test]
fn every_case_of_the_protocol_goes_as_written() {
    let cases = sending().into_iter().chain(settling());
    for (name, what, script, expected) in
        cases.chain(read_back_and_people()).chain(crashes_restores_and_clocks())
    {
        assert_eq!(run(what, script), expected, "{name}");
    }
}

#[test]
fn a_right_to_send_ends_with_the_lease() {
    for (now, leaves) in [(59, true), (60, false), (61, false)] {
        let turn = Turn { now: second(0), lease_until: second(60) };
        let (intent, _) = Intent::prepare(Slot::after(None).unwrap(), W::Order.write()).committed();
        let (intent, mut commands) = intent.on(Event::Tick, turn).unwrap().committed();
        let Some(Command::Send(send)) = commands.pop() else { panic!("a send was due") };
        match send.leave(second(now)) {
            Ok(leave) => assert!(leaves && *leave.payload() == hash('a')),
            Err(event) => {
                assert!(!leaves);
                let (intent, _) = intent.on(event, turn).unwrap().committed();
                assert_eq!(intent.state(), StateName::Prepared);
            }
        }
    }
}

#[test]
fn a_second_intent_has_no_place_beside_an_unfinished_one() {
    let step = Intent::prepare(Slot::after(None).unwrap(), W::Order.write());
    let row = step.to_commit().unwrap().row;
    assert_eq!(Slot::after(Some(&row)), Err(Unfinished { state: StateName::Prepared }));
    let (intent, _) = step.committed();
    let turn = Turn { now: second(0), lease_until: second(60) };
    let over = intent.on(Event::Cancel, turn).unwrap();
    assert!(Slot::after(Some(&over.to_commit().unwrap().row)).is_ok());
}

#[test]
fn a_row_is_read_back_as_it_was_written_and_names_the_state_it_replaces() {
    let turn = Turn { now: second(0), lease_until: second(60) };
    let (intent, _) = Intent::prepare(Slot::after(None).unwrap(), W::Contact.write()).committed();
    let (intent, _) = intent.on(Event::Tick, turn).unwrap().committed();
    let step = intent.on(found(&[]), turn).unwrap();
    let persist = step.to_commit().unwrap();
    assert_eq!((persist.expected, persist.row.state()), (Some(StateName::Prepared), StateName::Sending));
    let json = serde_json::to_string(&persist.row).unwrap();
    assert_eq!(serde_json::from_str::<Dormant>(&json).unwrap(), persist.row);
}

#[test]
fn a_look_up_that_is_out_is_stored_as_unknown() {
    let turn = |at| Turn { now: second(at), lease_until: second(at + 60) };
    let (intent, _) = Intent::prepare(Slot::after(None).unwrap(), W::Order.write()).committed();
    let (intent, _) = intent.on(Event::Tick, turn(0)).unwrap().committed();
    let (intent, _) = intent.on(timed_out(), turn(1)).unwrap().committed();
    let (intent, _) = intent.on(Event::Tick, turn(11)).unwrap().committed();
    assert_eq!(intent.state(), StateName::Settling);
    let step = intent.on(found(&[]), turn(12)).unwrap();
    let persist = step.to_commit().unwrap();
    assert_eq!((persist.expected, persist.row.state()), (Some(StateName::Unknown), StateName::Unknown));
    let settles = persist.row.settles().unwrap();
    assert_eq!((settles.looks_at, settles.asks_at), (second(46), second(601)));
}

#[test]
fn the_end_says_why_and_the_planner_sees_it() {
    let turn = Turn { now: second(0), lease_until: second(60) };
    let (intent, _) = Intent::prepare(Slot::after(None).unwrap(), W::Order.write()).committed();
    let step = intent.on(Event::Cancel, turn).unwrap();
    let row = step.to_commit().unwrap().row;
    assert_eq!(row.ended(), Some(&Ended::NotStored(N::Cancelled)));
    assert_eq!(row.open_intent(false, true), OpenIntent::None);
}

#[test]
fn a_marker_is_computed_and_differs_by_record_and_connection() {
    let record = |last: char| RecordId::parse(&format!("00000000-0000-7000-8000-00000000000{last}")).unwrap();
    let one = Marker::of("c", &record('1'));
    assert_eq!(one, Marker::of("c", &record('1')));
    assert_ne!(one, Marker::of("d", &record('1')));
    assert_ne!(one, Marker::of("c", &record('2')));
    assert_eq!(Marker::parse(one.as_str()), Ok(one));
    for wrong in ["CM", "CM0123456789A", "XX0123456789AB", "CM0123456789AU"] {
        assert!(Marker::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_contact_is_looked_up_by_its_tax_number_with_and_without_the_prefix() {
    let contact = crate::record::Contact {
        name: "Ana".into(),
        tax_number: crate::record::TaxNumber::parse("SI 12345679", None).ok(),
        ..Default::default()
    };
    let queries = Lookup::contact(&contact).queries;
    let expected = [
        Query::TaxNumber("SI12345679".into()),
        Query::TaxNumber("12345679".into()),
        Query::ExactName("Ana".into()),
    ];
    assert_eq!(queries, expected);
}

#[test]
fn a_control_is_proven_by_the_record_that_was_confirmed() {
    let answer = |hits: Vec<Hit>| Answer::Found { hits, control: Control::NotYet };
    let nine = id("9");
    let cases = [
        (answer(vec![hit("8", true, &[]), hit("9", true, &[])]), Control::Proven),
        (answer(vec![hit("8", true, &[])]), Control::Failed),
        (answer(vec![hit("9", false, &["title"])]), Control::Failed),
        (Answer::Failed { unreachable: true }, Control::NotYet),
    ];
    for (answer, expected) in cases {
        assert_eq!(positive_control(&answer, &nine, Control::NotYet), expected, "{answer:?}");
    }
}

#[test]
fn only_an_undescended_twin_of_the_same_type_is_a_late_duplicate() {
    let (linked, other) = (id("9"), id("10"));
    for (seen, same_type, descends, expected) in [
        (&other, true, false, true),
        (&other, false, false, false),
        (&other, true, true, false),
        (&linked, true, false, false),
    ] {
        assert_eq!(is_late_duplicate(Sighting { id: seen, same_type, descends }, &linked), expected);
    }
}

#[test]
fn a_value_that_a_late_write_of_ours_brought_back_is_no_edit_of_anybody() {
    use crate::three_way::{FieldName, FieldValue, Fields};
    let value = |text: &str| FieldValue::of(text.into());
    let fields = |title: &str, notes: &str| -> Fields {
        let pairs = [("title", title), ("notes", notes)];
        pairs.iter().filter_map(|(name, text)| Some((FieldName::new(name), value(text)?))).collect()
    };
    let sent = [
        std::collections::BTreeMap::from([(FieldName::new("title"), value("old"))]),
        std::collections::BTreeMap::from([(FieldName::new("notes"), None)]),
    ];
    let late = |base: &Fields, remote: &Fields| -> Vec<String> {
        late_values(&sent, base, remote).keys().map(ToString::to_string).collect()
    };
    assert_eq!(late(&fields("new", "n"), &fields("old", "n")), ["title"]);
    assert_eq!(late(&fields("new", "n"), &fields("theirs", "n")), Vec::<String>::new());
    assert_eq!(late(&fields("old", "n"), &fields("old", "n")), Vec::<String>::new());
    assert_eq!(late(&fields("new", "n"), &fields("new", "")), ["notes"]);
}
