//! Who may enter what, with which role, and until when.

use std::time::Duration;

use engine::EngineError;
use engine::access::{Role, WorkspaceChoice};
use engine::test_support::TestDb;
use secrecy::{ExposeSecret, SecretString};

use crate::support::{PASSWORD, World, new_user};

engine::each_engine!(
    the_right_password_signs_in_whatever_the_case_of_the_address,
    a_wrong_password_and_an_unknown_address_get_the_same_answer,
    an_address_has_one_account,
    nothing_of_an_account_remains_when_its_workspace_does_not_exist,
    a_person_enters_the_first_of_their_workspaces_by_name,
    a_person_enters_no_other_workspace,
    a_changed_role_counts_at_once,
    a_disabled_person_is_refused_everywhere,
    a_token_acts_for_its_person_with_the_present_role,
    a_token_is_stored_only_as_a_hash,
    what_is_no_token_is_refused,
    the_use_of_a_token_is_noted_every_five_minutes,
    a_revoked_token_is_refused,
    only_owners_revoke_the_tokens_of_others,
    the_operator_acts_as_a_member_or_as_an_owner,
    workspaces_of_the_same_name_are_told_apart_by_their_id,
);

fn is_not_signed_in<T>(result: Result<T, EngineError>) -> bool {
    matches!(result, Err(EngineError::NotSignedIn))
}

fn refused_field<T>(result: Result<T, EngineError>) -> Option<&'static str> {
    match result {
        Err(EngineError::Invalid { field, .. }) => Some(field),
        _ => None,
    }
}

async fn the_right_password_signs_in_whatever_the_case_of_the_address(test: TestDb) {
    let world = World::new(&test);
    let user = world.person("Ana@Lipa.si", "Lipa", Role::Staff).await;
    let password = SecretString::from(PASSWORD);
    let signed_in = world.engine.sign_in(" ANA@lipa.SI ", &password).await.unwrap();
    assert_eq!(signed_in.user, user);
    assert_eq!(signed_in.email, "Ana@Lipa.si");
    assert_eq!(signed_in.language.as_str(), "sl");
    assert_eq!(signed_in.workspaces.len(), 1);
    assert_eq!(signed_in.workspaces[0].name, "Lipa");
    assert_eq!(signed_in.workspaces[0].role, Role::Staff);
    assert_eq!(world.engine.person(&user).await.unwrap(), signed_in);
}

async fn a_wrong_password_and_an_unknown_address_get_the_same_answer(test: TestDb) {
    let world = World::new(&test);
    world.person("ana@lipa.si", "Lipa", Role::Staff).await;
    let wrong = SecretString::from("pravo geslo c");
    assert!(is_not_signed_in(world.engine.sign_in("ana@lipa.si", &wrong).await));
    assert!(is_not_signed_in(world.engine.sign_in("nobody@lipa.si", &wrong).await));
    assert!(is_not_signed_in(world.engine.sign_in("", &SecretString::from("")).await));
    assert!(is_not_signed_in(world.engine.sign_in("' OR 1=1 --", &wrong).await));
    assert!(is_not_signed_in(world.engine.sign_in("a\0@lipa.si", &SecretString::from("a\0")).await));
}

async fn an_address_has_one_account(test: TestDb) {
    let world = World::new(&test);
    world.person("ana@lipa.si", "Lipa", Role::Staff).await;
    let again = new_user("ANA@LIPA.SI", Role::Owner, WorkspaceChoice::New("Druga".to_owned()));
    assert_eq!(refused_field(world.engine.add_user(again).await), Some("email"));
    assert_eq!(refused_field(world.engine.scope_for_operator("Druga", None).await), Some("workspace"));
}

async fn nothing_of_an_account_remains_when_its_workspace_does_not_exist(test: TestDb) {
    let world = World::new(&test);
    let nowhere = new_user("ana@lipa.si", Role::Staff, WorkspaceChoice::Existing("Lipa".to_owned()));
    assert_eq!(refused_field(world.engine.add_user(nowhere).await), Some("workspace"));
    world.person("ana@lipa.si", "Lipa", Role::Staff).await;
}

async fn a_person_enters_the_first_of_their_workspaces_by_name(test: TestDb) {
    let world = World::new(&test);
    let user = world.person("ana@lipa.si", "Žaga", Role::Owner).await;
    for name in ["breza", "Čebela", "Celje"] {
        world.engine.add_workspace(name).await.unwrap();
        world.engine.add_member(name, "ana@lipa.si", Role::ReadOnly).await.unwrap();
    }
    let person = world.engine.person(&user).await.unwrap();
    let names: Vec<_> = person.workspaces.iter().map(|membership| membership.name.as_str()).collect();
    assert_eq!(names, ["breza", "Celje", "Čebela", "Žaga"]);
    let scope = world.engine.scope_for_session(&user, None).await.unwrap();
    assert_eq!(scope.tenant(), person.workspaces[0].tenant);
    assert_eq!(scope.role(), Role::ReadOnly);
    assert_eq!(scope.user(), Some(&user));
}

async fn a_person_enters_no_other_workspace(test: TestDb) {
    let world = World::new(&test);
    let user = world.person("ana@lipa.si", "Lipa", Role::Owner).await;
    let other = world.workspace("breza").await;
    assert!(is_not_signed_in(world.engine.scope_for_session(&user, Some(other.tenant())).await));
    assert!(is_not_signed_in(world.engine.scope_for_session(&user, Some("")).await));
    assert!(is_not_signed_in(world.engine.scope_for_session(&user, Some("' OR ''='")).await));
}

async fn a_changed_role_counts_at_once(test: TestDb) {
    let world = World::new(&test);
    let user = world.person("ana@lipa.si", "Lipa", Role::Owner).await;
    let scope = world.engine.scope_for_session(&user, None).await.unwrap();
    scope.require(Role::Owner).unwrap();
    world.engine.add_member("Lipa", "ana@lipa.si", Role::ReadOnly).await.unwrap();
    let scope = world.engine.scope_for_session(&user, None).await.unwrap();
    scope.require(Role::ReadOnly).unwrap();
    assert!(matches!(scope.require(Role::Staff), Err(EngineError::Forbidden)));
    assert!(matches!(scope.require(Role::Owner), Err(EngineError::Forbidden)));
}

async fn a_disabled_person_is_refused_everywhere(test: TestDb) {
    let world = World::new(&test);
    let user = world.person("ana@lipa.si", "Lipa", Role::Owner).await;
    let scope = world.engine.scope_for_session(&user, None).await.unwrap();
    let token = world.engine.add_token(&scope, "skripta").await.unwrap();
    world.engine.session_create("cookie", Some(&user), "{}").await.unwrap();
    world.engine.disable_user("Ana@lipa.si").await.unwrap();
    assert!(is_not_signed_in(world.engine.sign_in("ana@lipa.si", &SecretString::from(PASSWORD)).await));
    assert!(is_not_signed_in(world.engine.person(&user).await));
    assert!(is_not_signed_in(world.engine.scope_for_session(&user, None).await));
    assert!(is_not_signed_in(world.engine.scope_for_token(token.plain.expose_secret()).await));
    assert_eq!(
        refused_field(world.engine.scope_for_operator("Lipa", Some("ana@lipa.si")).await),
        Some("email")
    );
    assert_eq!(world.engine.session_load("cookie").await.unwrap(), None);
}

async fn a_token_acts_for_its_person_with_the_present_role(test: TestDb) {
    let world = World::new(&test);
    let user = world.person("ana@lipa.si", "Lipa", Role::Owner).await;
    let scope = world.engine.scope_for_session(&user, None).await.unwrap();
    let token = world.engine.add_token(&scope, "skripta").await.unwrap();
    let by_token = world.engine.scope_for_token(token.plain.expose_secret()).await.unwrap();
    assert_eq!(by_token.tenant(), scope.tenant());
    assert_eq!(by_token.user(), Some(&user));
    assert_eq!(by_token.role(), Role::Owner);
    world.engine.add_member("Lipa", "ana@lipa.si", Role::ReadOnly).await.unwrap();
    let by_token = world.engine.scope_for_token(token.plain.expose_secret()).await.unwrap();
    assert_eq!(by_token.role(), Role::ReadOnly);
}

async fn a_token_is_stored_only_as_a_hash(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let token = world.engine.add_token(&scope, "skripta").await.unwrap();
    let plain = token.plain.expose_secret();
    assert!(plain.starts_with("cmk_") && plain.len() == 47, "{plain}");
    let stored: (String, String) = sqlx::query_as("SELECT token_hash, last4 FROM api_tokens")
        .fetch_one(world.db.reader())
        .await
        .unwrap();
    assert_eq!(stored.0.len(), 64);
    assert!(stored.0.bytes().all(|b| b.is_ascii_hexdigit()));
    assert!(plain.ends_with(&stored.1) && stored.1.len() == 4);
    let other = world.engine.add_token(&scope, "druga").await.unwrap();
    assert_ne!(other.plain.expose_secret(), plain);
}

async fn what_is_no_token_is_refused(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let token = world.engine.add_token(&scope, "skripta").await.unwrap();
    let plain = token.plain.expose_secret();
    let mut other = plain.to_owned();
    other.pop();
    other.push(if plain.ends_with('A') { 'B' } else { 'A' });
    for wrong in ["", "cmk_", &plain[4..], &plain.to_lowercase(), &format!("{plain} "), &other] {
        assert!(is_not_signed_in(world.engine.scope_for_token(wrong).await), "{wrong}");
    }
    world.engine.scope_for_token(plain).await.unwrap();
}

async fn the_use_of_a_token_is_noted_every_five_minutes(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let token = world.engine.add_token(&scope, "skripta").await.unwrap();
    let mut noted = Vec::new();
    for _ in 0..7 {
        let before = world.engine.tokens(&scope).await.unwrap()[0].last_used_at;
        world.engine.scope_for_token(token.plain.expose_secret()).await.unwrap();
        let after = world.engine.tokens(&scope).await.unwrap()[0].last_used_at;
        if before != after {
            assert_eq!(after, Some(world.engine.now()));
            noted.push(world.engine.now().duration_since(crate::support::start()).as_mins());
        }
        world.wait(Duration::from_mins(2));
    }
    assert_eq!(noted, [0, 6, 12]);
}

async fn a_revoked_token_is_refused(test: TestDb) {
    let world = World::new(&test);
    let scope = world.workspace("Lipa").await;
    let revoked = world.engine.add_token(&scope, "prva").await.unwrap();
    let kept = world.engine.add_token(&scope, "druga").await.unwrap();
    world.engine.revoke_token(&scope, &revoked.id).await.unwrap();
    assert!(is_not_signed_in(world.engine.scope_for_token(revoked.plain.expose_secret()).await));
    world.engine.scope_for_token(kept.plain.expose_secret()).await.unwrap();
    let listed = world.engine.tokens(&scope).await.unwrap();
    let of = |id: &str| listed.iter().find(|token| token.id == id).unwrap().revoked_at;
    assert_eq!((of(&revoked.id), of(&kept.id)), (Some(world.engine.now()), None));
}

async fn only_owners_revoke_the_tokens_of_others(test: TestDb) {
    let world = World::new(&test);
    let owner = world.workspace("Lipa").await;
    let staff = world.member(&owner, Role::Staff).await;
    let stranger = world.workspace("Breza").await;
    let of_owner = world.engine.add_token(&owner, "lastnikov").await.unwrap();
    let of_staff = world.engine.add_token(&staff, "moj").await.unwrap();
    for (scope, id) in [(&staff, &of_owner.id), (&stranger, &of_staff.id)] {
        assert!(matches!(world.engine.revoke_token(scope, id).await, Err(EngineError::NotFound)));
    }
    assert_eq!(world.engine.tokens(&staff).await.unwrap().len(), 1);
    assert_eq!(world.engine.tokens(&owner).await.unwrap().len(), 2);
    assert_eq!(world.engine.tokens(&stranger).await.unwrap().len(), 0);
    world.engine.revoke_token(&owner, &of_staff.id).await.unwrap();
    assert!(is_not_signed_in(world.engine.scope_for_token(of_staff.plain.expose_secret()).await));
}

async fn the_operator_acts_as_a_member_or_as_an_owner(test: TestDb) {
    let world = World::new(&test);
    let user = world.person("ana@lipa.si", "Lipa", Role::Staff).await;
    world.person("bor@breza.si", "Breza", Role::Owner).await;
    let nobody = world.engine.scope_for_operator("Lipa", None).await.unwrap();
    assert_eq!((nobody.role(), nobody.user()), (Role::Owner, None));
    assert_eq!(refused_field(world.engine.add_token(&nobody, "skripta").await), Some("email"));
    let ana = world.engine.scope_for_operator(nobody.tenant(), Some("ANA@lipa.si")).await.unwrap();
    assert_eq!((ana.role(), ana.user()), (Role::Staff, Some(&user)));
    for wrong in ["bor@breza.si", "nobody@lipa.si"] {
        assert_eq!(refused_field(world.engine.scope_for_operator("Lipa", Some(wrong)).await), Some("email"));
    }
    assert_eq!(refused_field(world.engine.scope_for_operator("Bukev", None).await), Some("workspace"));
}

async fn workspaces_of_the_same_name_are_told_apart_by_their_id(test: TestDb) {
    let world = World::new(&test);
    let first = world.engine.add_workspace("Lipa").await.unwrap();
    let second = world.engine.add_workspace(" Lipa ").await.unwrap();
    assert_ne!(first, second);
    assert_eq!(refused_field(world.engine.scope_for_operator("Lipa", None).await), Some("workspace"));
    assert_eq!(world.engine.scope_for_operator(&second, None).await.unwrap().tenant(), second);
}
