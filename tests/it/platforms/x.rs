//! X.

use dayzero::model::Platform;

use super::check;

#[test]
fn the_x_samples_are_read() {
    check(
        Platform::X,
        r##"
## account_deleted
deleted x/1500000000000000001/2028400000000000006 <- - @ - | 1500000000000000001 - | 2026-03-03T09:00:00Z | - | own
## account_direct_message
created x/1500000000000000001/2028410000000000001 <- - @ - | 710000000000000007 Peter K | 2026-03-02T06:45:10Z | "Hallo, mijn man is vannacht met de ambulance opg…"
## account_direct_message_photo
created x/1500000000000000001/2028410000000000003 <- - @ - | 710000000000000006 - | 2026-03-02T07:10:00Z | - | sees photo
## account_direct_message_sent
created x/1500000000000000001/2028410000000000002 <- - @ - | 1500000000000000001 Samen over migraine | 2026-03-02T07:00:00Z | "Wat vreselijk. We bellen u vandaag nog. Mogen we…" | own
## account_edited
edited x/1500000000000000001/2028400000000000009 <- - @ - | 710000000000000001 Sanne Vos | 2026-03-03T08:20:00Z | "@samenmigraine Sinds Norvexa zie ik wazig, en nu…" | link https://x.com/sannevos/status/2028400000000000010
## account_ids_as_numbers
created x/1500000000000000001/2028400000000000012 <- 9007199254740993 @ - | 710000000000000008 Jonas Weber | 2026-03-02T16:10:00Z | "@samenmigraine Krijg je hier hoofdpijn van?" | link https://x.com/jonasweber/status/2028400000000000012
## account_likes_and_follows
- x favorite_events
- x follow_events
- x follow_events
- x block_events
## account_long_post
created x/1500000000000000001/2028400000000000003 <- - @ - | 710000000000000003 Lotte Maes | 2026-03-02T11:20:00Z | "@samenmigraine Lang verhaal, maar misschien heef…" | link https://x.com/lottemaes/status/2028400000000000003
## account_mention
created x/1500000000000000001/2028400000000000001 <- - @ - | 710000000000000001 Sanne Vos | 2026-03-02T09:12:00Z | "@samenmigraine Sinds ik Norvexa slik heb ik elke…" | link https://x.com/sannevos/status/2028400000000000001
## account_no_events
? x/1500000000000000001 | x delivery without events | an x delivery without events came; at least one was expected
## account_no_id
? x/1500000000000000001 | <digest> | an x post has no id
## account_no_name_no_time
created x/1500000000000000001/2028400000000000013 <- - @ - | 710000000000000009 stille_lezer | 2026-03-02T16:20:00Z | "@samenmigraine Fijn dat jullie er zijn ❤" | link https://x.com/stille_lezer/status/2028400000000000013
## account_one_bad_element
created x/1500000000000000001/2028400000000000014 <- - @ - | 710000000000000006 Camille D. | 2026-03-02T17:00:00Z | "@samenmigraine Depuis Norvexa, vertiges et nausé…" | link https://x.com/camille_d/status/2028400000000000014
created x/1500000000000000001/2028400000000000016 <- - @ - | 710000000000000002 Joris | 2026-03-02T17:02:00Z | "Leuke podcast gisteren @samenmigraine" | link https://x.com/joris_d/status/2028400000000000016
? x/1500000000000000001 | <digest> | an x post is not of the documented shape: line 5 column 14 of that part
## account_other_account
created x/1500000000000000099/2028400000000000017 <- - @ - | 710000000000000003 Lotte Maes | 2026-03-02T18:00:00Z | "@samenmigraine @norvexa_be Ik ben acht weken zwa…" | link https://x.com/lottemaes/status/2028400000000000017
## account_own_reply
created x/1500000000000000001/2028400000000000006 <- 2028400000000000001 @ - | 1500000000000000001 Samen over migraine | 2026-03-02T13:00:00Z | "@sannevos Dank voor je bericht, Sanne. Wil je on…" | link https://x.com/samenmigraine/status/2028400000000000006 | own
## account_photo_without_text
created x/1500000000000000001/2028400000000000007 <- - @ - | 710000000000000006 Camille D. | 2026-03-02T13:30:00Z | - | link https://x.com/camille_d/status/2028400000000000007 | sees photo
## account_quote
created x/1500000000000000001/2028400000000000004 <- - @ 2028300000000000001 | 710000000000000004 Tim Hendriks | 2026-03-02T12:00:00Z | "Iedereen met migraine zou dit moeten lezen 👇 htt…" | link https://x.com/timh1987/status/2028400000000000004 | post Vijf dingen die helpen bij migraine op het werk & thuis
## account_replay_complete
- x replay_job_status
## account_replay_incomplete
? x/unknown | <digest> | X has not replayed everything that it was asked for: ask for it once more
## account_reply
created x/1500000000000000001/2028400000000000002 <- 2028300000000000001 @ - | 710000000000000002 Joris | 2026-03-02T10:05:30Z | "@samenmigraine Mooie campagne, eindelijk aandach…" | link https://x.com/joris_d/status/2028400000000000002
## account_repost
- x repost
## account_revoked
! x/1500000000000000001 | end of a subscription <digest> | the account has taken the app's access away: nothing more comes of this account until somebody subscribes again
## account_rounded_id
created x/1500000000000000001/2028400000000000011 <- - @ - | 710000000000000005 Emma Clarke | 2026-03-02T16:00:00Z | "I switched from Triptaline to Norvexa and the ch…" | link https://x.com/emmaclarke_/status/2028400000000000011
## account_same_post_of_another_account
created x/1500000000000000001/2028400000000000017 <- - @ - | 710000000000000003 Lotte Maes | 2026-03-02T18:00:00Z | "@samenmigraine @norvexa_be Ik ben acht weken zwa…" | link https://x.com/lottemaes/status/2028400000000000017
## account_typing_and_read
- x direct_message_indicate_typing_events
- x direct_message_mark_read_events
## account_unknown_field
created x/1500000000000000001/2028400000000000018 <- - @ - | 710000000000000007 Peter K | 2026-03-02T18:30:00Z | "@samenmigraine Ik las dat je van Norvexa slaperi…" | link https://x.com/peterk_nl/status/2028400000000000018
## account_unknown_key
? x/1500000000000000001 | x key spaces_events | x key spaces_events: this version does not read that kind
## account_video_with_text
created x/1500000000000000001/2028400000000000008 <- - @ - | 710000000000000004 Tim Hendriks | 2026-03-02T14:00:00Z | "@samenmigraine Zo ziet mijn arm eruit na drie da…" | link https://x.com/timh1987/status/2028400000000000008 | sees video
## activity_broadcast_chat
created x/1500000000000000001/2028410000000000020 <- - @ 1mGPaZaMigren | 710000000000000004 Tim Hendriks | - | "Ik werd na mijn eerste Norvexa zo duizelig dat i…"
## activity_deleted
deleted x/1500000000000000001/2028300000000000001 <- - @ - | 1500000000000000001 - | - | - | own
## activity_direct_message
created x/1500000000000000001/2028410000000000010 <- - @ - | 710000000000000003 Lotte Maes | 2026-03-04T07:30:00Z | "Goedemorgen, hoe bewaar ik Norvexa als het buite…"
## activity_direct_message_sent
created x/1500000000000000001/2028410000000000011 <- - @ - | 1500000000000000001 Samen over migraine | 2026-03-04T08:00:00Z | "Buiten de zon en onder 25 graden. De bijsluiter …" | own
## activity_edited
edited x/1500000000000000001/2028400000000000024 <- - @ - | 710000000000000007 Peter K | 2026-03-02T20:15:00Z | "@samenmigraine Gisteren begonnen met Norvexa. Va…" | link https://x.com/peterk_nl/status/2028400000000000025
## activity_encrypted_chat
created x/1500000000000000001/e4f4d3fc-8bbf-4928-92eb-e5058d6bb001 <- - @ - | 710000000000000007 - | 2026-03-04T21:13:03Z | - | sees encrypted message
## activity_like
- x like.create
## activity_long_post
created x/1500000000000000001/2028400000000000026 <- - @ - | 710000000000000008 Jonas Weber | 2026-03-02T20:30:00Z | "@samenmigraine Kort vraagje met een lange aanloo…" | link https://x.com/jonasweber/status/2028400000000000026
## activity_mention
created x/1500000000000000001/2028400000000000001 <- - @ - | 710000000000000001 Sanne Vos | 2026-03-02T09:12:00Z | "@samenmigraine Sinds ik Norvexa slik heb ik elke…" | link https://x.com/sannevos/status/2028400000000000001
## activity_no_payload
? x/1500000000000000001 | <digest> | an x activity event of the type post.mention.create has no payload
## activity_own_post
created x/1500000000000000001/2028300000000000001 <- - @ - | 1500000000000000001 Samen over migraine | 2026-03-01T08:00:00Z | "Vijf dingen die helpen bij migraine op het werk" | link https://x.com/samenmigraine/status/2028300000000000001 | own
## activity_own_repost
- x repost
## activity_photo_without_text
created x/1500000000000000001/2028400000000000027 <- - @ - | 710000000000000006 Camille D. | 2026-03-02T20:40:00Z | - | link https://x.com/camille_d/status/2028400000000000027 | sees photo
## activity_profile_update
- x profile.update.bio
## activity_quote
created x/1500000000000000001/2028400000000000022 <- - @ 2028300000000000001 | 710000000000000005 Emma Clarke | 2026-03-02T19:30:00Z | "Als ergotherapeut kan ik dit lijstje alleen maar…" | link https://x.com/emmaclarke_/status/2028400000000000022 | post Vijf dingen die helpen bij migraine op het werk
## activity_reply
created x/1500000000000000001/2028400000000000020 <- 2028300000000000001 @ 2028300000000000001 | 710000000000000004 Tim Hendriks | 2026-03-02T19:10:00Z | "@samenmigraine Bij mij hielp Norvexa meteen, maa…" | link https://x.com/timh1987/status/2028400000000000020 | post Vijf dingen die helpen bij migraine op het werk
## activity_reply_in_a_thread
created x/1500000000000000001/2028400000000000021 <- 2028400000000000020 @ 2028300000000000001 | 710000000000000003 - | 2026-03-02T19:20:00Z | "@timh1987 @samenmigraine bij mij ook!" | link https://x.com/i/web/status/2028400000000000021
## activity_repost
- x post.repost.create
## activity_revoked
! x/1500000000000000001 | end of a subscription <digest> | the account has taken the app's access away: nothing more comes of this account until somebody subscribes again
## activity_unknown_type
? x/1500000000000000001 | x event type post.bookmark.create | x event type post.bookmark.create: this version does not read that kind
## broken/deep
? x/1500000000000000001 | <digest> | an x post is not of the documented shape: line 1 column 677 of that part
## broken/doubled_key
? x/1500000000000000001 | <digest> | an x post is not of the documented shape: line 1 column 40 of that part
## broken/lone_surrogate
created x/1500000000000000001/2028400000000000032 <- - @ - | 710000000000000002 - | - | "Mooie podcast" | link https://x.com/i/web/status/2028400000000000032
? x/1500000000000000001 | <digest> | an x post is not of the documented shape: line 1 column 59 of that part
## broken/not_json
? x/unknown | <digest> | the body is not JSON: line 1 column 1
## broken/truncated
? x/unknown | <digest> | the body is not JSON: line 9 column 61
"##,
    );
}
