//! How long sessions live, and what is kept of them.

use std::time::Duration;

use engine::access::{Role, SESSION_IDLE, SESSION_LIFE};
use engine::test_support::TestDb;

use crate::support::World;

engine::each_engine!(
    a_session_holds_what_was_saved_last,
    a_session_id_is_given_once,
    the_cookie_is_stored_only_as_a_hash,
    an_idle_session_ends_after_two_hours,
    a_session_that_is_used_ends_after_twelve_hours,
    being_seen_is_noted_every_five_minutes,
    an_ended_session_is_not_revived,
    ended_sessions_are_removed_and_others_stay,
    all_sessions_of_a_person_end_together,
);

const MINUTE: Duration = Duration::from_mins(1);

async fn a_session_holds_what_was_saved_last(test: TestDb) {
    let world = World::new(&test);
    let user = world.person("ana@lipa.si", "Lipa", Role::Staff).await;
    assert!(world.engine.session_create("cookie", None, r#"{"flash":"č"}"#).await.unwrap());
    let before = world.engine.session_load("cookie").await.unwrap().unwrap();
    assert_eq!((before.user, before.data.as_str()), (None, r#"{"flash":"č"}"#));
    assert!(world.engine.session_save("cookie", Some(&user), "{}").await.unwrap());
    let after = world.engine.session_load("cookie").await.unwrap().unwrap();
    assert_eq!((after.user, after.data.as_str()), (Some(user), "{}"));
    assert_eq!(after.created_at, before.created_at);
    assert_eq!(world.engine.session_load("other").await.unwrap(), None);
}

async fn a_session_id_is_given_once(test: TestDb) {
    let world = World::new(&test);
    assert!(world.engine.session_create("cookie", None, "1").await.unwrap());
    assert!(!world.engine.session_create("cookie", None, "2").await.unwrap());
    assert_eq!(world.engine.session_load("cookie").await.unwrap().unwrap().data, "1");
}

async fn the_cookie_is_stored_only_as_a_hash(test: TestDb) {
    let world = World::new(&test);
    world.engine.session_create("cookie", None, "{}").await.unwrap();
    let (id,): (String,) =
        sqlx::query_as("SELECT id FROM sessions").fetch_one(world.db.reader()).await.unwrap();
    assert_eq!(id.len(), 64);
    assert_eq!(world.engine.session_load(&id).await.unwrap(), None, "the stored value opens nothing");
}

async fn an_idle_session_ends_after_two_hours(test: TestDb) {
    let world = World::new(&test);
    world.engine.session_create("cookie", None, "{}").await.unwrap();
    world.wait(2 * 59 * MINUTE + Duration::from_secs(119));
    assert!(world.engine.session_load("cookie").await.unwrap().is_some());
    world.wait(Duration::from_secs(1));
    assert_eq!(world.engine.session_load("cookie").await.unwrap(), None);
}

async fn a_session_that_is_used_ends_after_twelve_hours(test: TestDb) {
    let world = World::new(&test);
    let made = world.engine.now();
    world.engine.session_create("cookie", None, "{}").await.unwrap();
    let mut last = made;
    while let Some(session) = world.engine.session_load("cookie").await.unwrap() {
        last = world.engine.now();
        world.engine.session_touch("cookie", &session).await.unwrap();
        let touched = world.engine.session_load("cookie").await.unwrap().unwrap();
        assert_eq!(touched.expires_at, (last + SESSION_IDLE).min(made + SESSION_LIFE));
        world.wait(90 * MINUTE);
        assert!(world.engine.now() <= made + SESSION_LIFE, "it lives for ever");
    }
    assert_eq!(last.duration_since(made).as_mins(), 630);
}

async fn being_seen_is_noted_every_five_minutes(test: TestDb) {
    let world = World::new(&test);
    world.engine.session_create("cookie", None, "{}").await.unwrap();
    let mut seen = Vec::new();
    for minute in 0..13 {
        let session = world.engine.session_load("cookie").await.unwrap().unwrap();
        world.engine.session_touch("cookie", &session).await.unwrap();
        let touched = world.engine.session_load("cookie").await.unwrap().unwrap();
        if touched.last_seen_at != session.last_seen_at {
            seen.push(minute);
        }
        world.wait(MINUTE);
    }
    assert_eq!(seen, [5, 10]);
}

async fn an_ended_session_is_not_revived(test: TestDb) {
    let world = World::new(&test);
    world.engine.session_create("cookie", None, "{}").await.unwrap();
    let session = world.engine.session_load("cookie").await.unwrap().unwrap();
    world.wait(121 * MINUTE);
    assert!(!world.engine.session_save("cookie", None, "{}").await.unwrap());
    world.engine.session_touch("cookie", &session).await.unwrap();
    assert_eq!(world.engine.session_load("cookie").await.unwrap(), None);
    world.engine.session_create("second", None, "{}").await.unwrap();
    world.engine.session_delete("second").await.unwrap();
    assert!(!world.engine.session_save("second", None, "{}").await.unwrap());
    assert_eq!(world.engine.session_load("second").await.unwrap(), None);
}

async fn ended_sessions_are_removed_and_others_stay(test: TestDb) {
    let world = World::new(&test);
    for id in ["one", "two"] {
        world.engine.session_create(id, None, "{}").await.unwrap();
    }
    world.wait(100 * MINUTE);
    world.engine.session_create("three", None, "{}").await.unwrap();
    assert_eq!(world.engine.sessions_delete_expired().await.unwrap(), 0);
    world.wait(20 * MINUTE);
    assert_eq!(world.engine.sessions_delete_expired().await.unwrap(), 2);
    assert!(world.engine.session_load("three").await.unwrap().is_some());
}

async fn all_sessions_of_a_person_end_together(test: TestDb) {
    let world = World::new(&test);
    let ana = world.person("ana@lipa.si", "Lipa", Role::Staff).await;
    let bor = world.person("bor@lipa.si", "Breza", Role::Staff).await;
    for (id, user) in [("1", &ana), ("2", &ana), ("3", &bor)] {
        world.engine.session_create(id, Some(user), "{}").await.unwrap();
    }
    assert_eq!(world.engine.sessions_delete_of(&ana).await.unwrap(), 2);
    assert_eq!(world.engine.session_load("1").await.unwrap(), None);
    assert!(world.engine.session_load("3").await.unwrap().is_some());
}
