//! Changes in what a campaign is: its head, its approvals, products, doors and channels. Called by `changes_since`.

use super::{Changes, Mark};
use crate::model::Product;
use crate::protocol::identity::{Approval, Channel, Door, Header};

pub(super) fn header(old: &Header, new: &Header, changes: &mut Changes) {
    let Header { id, version: _, title, holder, markets, languages, zone: _, zone_name, starts, ends, monitored_until } = new;
    changes.value("Campaign", &old.id, id);
    changes.value("Title", &old.title, title);
    changes.value("Marketing authorisation holder", &old.holder, holder);
    changes.list("Market", &old.markets, markets, Mark::Other);
    let words = |languages: &[crate::protocol::read::At<String>]| -> Vec<String> {
        languages.iter().map(|at| at.value.clone()).collect()
    };
    changes.list("Language", &words(&old.languages), &words(languages), Mark::Other);
    changes.value("Time zone", &old.zone_name, zone_name);
    changes.value("First day", &old.starts, starts);
    changes.value("Last day", &old.ends, ends);
    let (before, until) = (old.monitored_until.value, monitored_until.value);
    if before != until {
        let (mark, word) = if until > before { (Mark::Stricter, "longer") } else { (Mark::Looser, "shorter") };
        changes.add(mark, format!("Monitored until {before} → {until} ({word})"));
    }
}

pub(super) fn approvals(old: &[Approval], new: &[Approval], changes: &mut Changes) {
    for Approval { role, name, on } in new {
        let before = old.iter().find(|approval| approval.role == *role);
        let (old_name, old_on) = before.map_or((&None, None), |approval| (&approval.name, approval.on));
        let nobody = || "nobody".to_owned();
        let (from, to) = (old_name.clone().unwrap_or_else(nobody), name.clone().unwrap_or_else(nobody));
        changes.value(&format!("For {} signs", role.as_str()), &from, &to);
        let day = |on: Option<jiff::civil::Date>| on.map_or("open".to_owned(), |day| day.to_string());
        changes.value(&format!("Signature for {}", role.as_str()), &day(old_on), &day(*on));
    }
}

pub(super) fn products(old: &[Product], new: &[Product], changes: &mut Changes) {
    let whose = |own: bool| if own { "ours" } else { "a competitor's" };
    for Product { name, substance, spellings, own } in new {
        let Some(before) = old.iter().find(|product| product.name == *name) else {
            changes.add(Mark::Stricter, format!("Product {name} is new ({})", whose(*own)));
            continue;
        };
        let none = || "none".to_owned();
        let (from, to) = (before.substance.clone().unwrap_or_else(none), substance.clone().unwrap_or_else(none));
        changes.value(&format!("Product {name}: substance"), &from, &to);
        changes.list(&format!("Product {name}: spelling"), &before.spellings, spellings, Mark::Stricter);
        changes.value(&format!("Product {name} is"), &whose(before.own), &whose(*own));
    }
    for gone in old.iter().filter(|product| new.iter().all(|known| known.name != product.name)) {
        changes.add(Mark::Looser, format!("Product {} is gone", gone.name));
    }
}

pub(super) fn doors(old: &[Door], new: &[Door], changes: &mut Changes) {
    for Door { id, provider, secret, signature } in new {
        let Some(before) = old.iter().find(|door| door.id == *id) else {
            changes.add(Mark::Other, format!("Door {id} opens for {}", provider.as_str()));
            continue;
        };
        changes.value(&format!("Door {id}: platform"), &before.provider.as_str(), &provider.as_str());
        changes.value(&format!("Door {id}: name of the secret"), &before.secret, secret);
        changes.value(&format!("Door {id}: form of the signature"), &before.signature.as_str(), &signature.as_str());
    }
    for gone in old.iter().filter(|door| new.iter().all(|known| known.id != door.id)) {
        changes.add(Mark::Looser, format!("Door {} is closed: what arrives there is refused", gone.id));
    }
}

pub(super) fn channels(old: &[Channel], new: &[Channel], changes: &mut Changes) {
    for Channel { id, door, platform, account, products, own_authors, silent_after, line: _ } in new {
        let Some(before) = old.iter().find(|channel| channel.id == *id) else {
            changes.add(Mark::Stricter, format!("Channel {id} is watched ({} account {account})", platform.as_str()));
            continue;
        };
        changes.value(&format!("Channel {id}: door"), &before.door, door);
        changes.value(&format!("Channel {id}: platform"), &before.platform.as_str(), &platform.as_str());
        changes.value(&format!("Channel {id}: account"), &before.account, account);
        changes.list(&format!("Channel {id}: implied product"), &before.products, products, Mark::Stricter);
        // What the company itself writes is never alerted.
        changes.list(&format!("Channel {id}: own author"), &before.own_authors, own_authors, Mark::Looser);
        let minutes = |length: &jiff::SignedDuration| u32::try_from(length.as_mins()).unwrap_or(u32::MAX);
        let what = format!("Channel {id}: silence is an alarm after");
        changes.less_is_stricter(&what, minutes(&before.silent_after), minutes(silent_after));
    }
    for gone in old.iter().filter(|channel| new.iter().all(|known| known.id != channel.id)) {
        let (id, platform, account) = (&gone.id, gone.platform.as_str(), &gone.account);
        changes.add(Mark::Looser, format!("Channel {id} is no longer watched ({platform} account {account})"));
    }
}
