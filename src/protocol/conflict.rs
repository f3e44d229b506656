//! What several active campaigns cannot have between them: two owners of one account, or one door that two files describe
//! differently.

use super::Protocol;

/// What would break if `new` became active beside these. An older version of the same campaign does not count: it is superseded.
pub fn conflicts(active: &[&Protocol], new: &Protocol) -> Vec<String> {
    let campaign = new.reference().id;
    let others = active.iter().filter(|other| other.reference().id != campaign);
    others.flat_map(|other| doors(other, new).into_iter().chain(accounts(other, new))).collect()
}

fn doors(other: &Protocol, new: &Protocol) -> Vec<String> {
    let mut found = Vec::new();
    for door in new.doors() {
        let Some(same) = other.doors().iter().find(|same| same.id == door.id) else { continue };
        let (id, owner) = (&door.id, other.reference());
        if same.provider != door.provider {
            let (theirs, ours) = (same.provider.as_str(), door.provider.as_str());
            found.push(format!("door {id} is one of {theirs} in {owner} and one of {ours} here; a shared door has one platform"));
        }
        if same.signature != door.signature {
            found.push(format!("door {id} has another form of signature in {owner}; a shared door has one"));
        }
        if same.secret != door.secret {
            found.push(format!("door {id} has another secret name in {owner}; a shared door has one secret"));
        }
    }
    found
}

fn accounts(other: &Protocol, new: &Protocol) -> Vec<String> {
    let taken = |channel: &&super::Channel| other.channel_of(channel.platform, &channel.account).is_some();
    let message = |channel: &super::Channel| {
        let (platform, owner) = (channel.platform.as_str(), other.reference());
        format!(
            "{platform} account {:?} (channel {}) belongs to {owner}; an account has one campaign",
            channel.account, channel.id
        )
    };
    new.channels().iter().filter(taken).map(message).collect()
}
