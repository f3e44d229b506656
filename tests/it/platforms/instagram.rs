//! Instagram.

use dayzero::model::Platform;

use super::check;

#[test]
fn the_instagram_samples_are_read() {
    check(
        Platform::Instagram,
        r##"
## comment_id_instead_of_id
created instagram/17841400000000001/17900000000000106 <- - @ 18020000000000001 | 5500000000000006 opa.wim | - | "Prachtige foto!"
## comment_on_ad
created instagram/17841400000000001/17900000000000102 <- - @ 18020000000000002 | 5500000000000002 kees_b | - | "Na 1 pil naar de spoedeisende hulp met benauwdhe…" | ad 120200000000000777
## comment_on_post
created instagram/17841400000000001/17900000000000101 <- - @ 18020000000000001 | 5500000000000001 lotte.loopt | - | "Al twee nachten geen oog dichtgedaan sinds Norve…"
## direct_message
? instagram/17841400000000001 | instagram messaging | instagram messaging: this version does not read that kind
## empty_id
? instagram/17841400000000001 | <digest> | an instagram comment has no id
## field_on_the_entry
created instagram/17841400000000001/17900000000000107 <- - @ 18020000000000001 | 5500000000000007 joyce_k | - | "Waar kan ik dit medicijn kopen?"
## live_comment
created instagram/17841400000000001/17900000000000104 <- - @ 18020000000000003 | 5500000000000004 sam.reads | - | "What does the doctor think about driving while o…"
## mention
? instagram/17841400000000001 | instagram field mentions | instagram field mentions: this version does not read that kind
## own_comment
created instagram/17841400000000001/17900000000000105 <- - @ 18020000000000001 | 17841400000000001 samenovermigraine | - | "Dankjewel voor je bericht, we sturen je een DM." | own
## reply
created instagram/17841400000000001/17900000000000103 <- 17900000000000101 @ 18020000000000001 | 5500000000000003 mirthe.vd | - | "@lotte.loopt sterkte meis ❤"
## story_insights
? instagram/17841400000000001 | instagram field story_insights | instagram field story_insights: this version does not read that kind
## without_text
created instagram/17841400000000001/17900000000000109 <- - @ 18020000000000001 | 5500000000000009 gif.girl | - | - | sees picture
"##,
    );
}
