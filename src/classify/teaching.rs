//! What `training` asks of a classifier: the features that the model would see of a comment, and of each of its words. They are those of
//! the reading itself, so that what is learnt is what is met; only the choice of word lists is simpler, since a model that is being made
//! cannot be asked which reading matters most.

use std::ops::Range;

use super::features::{self, Features, bucket};
use super::language::{self, Language};
use super::lexicon::Lexicon;
use super::normalise::normalise;
use super::{Classifier, Comment, Heard, own_lexicon};

impl Classifier {
    /// The features of a comment.
    pub(crate) fn features(&self, comment: &Comment<'_>) -> Features {
        let words = normalise(comment.text);
        let mentions = self.mentions(&words, comment.implied_product);
        let heard = self.hear(comment, &words, &mentions);
        let language = language::tell(comment.lang, comment.text, &words, &self.allowed);
        match best_known(&heard, &language) {
            Some(lexicon) => heard.text.clone().with_reading(&heard.read(lexicon), &words, heard.context),
            None => heard.text,
        }
    }

    /// The features of each word of a comment, with the bytes where the word lies.
    pub(crate) fn features_of_words(&self, comment: &Comment<'_>) -> Vec<(Range<usize>, Features)> {
        let words = normalise(comment.text);
        let mentions = self.mentions(&words, comment.implied_product);
        let heard = self.hear(comment, &words, &mentions);
        let language = language::tell(comment.lang, comment.text, &words, &self.allowed);
        let Some(lexicon) = best_known(&heard, &language) else { return Vec::new() };
        let reading = heard.read(lexicon);
        let of_word = |at: usize| {
            let mut made = Features::default();
            features::each_of_word(&words, &mentions, &reading, at, &mut |group, hash| made.groups[group].push(bucket(hash)));
            (words.tokens[at].from..words.tokens[at].to, made)
        };
        (0..words.tokens.len()).map(of_word).collect()
    }
}

/// The lists of the comment's language, or those that know most of its words.
fn best_known(heard: &Heard<'_>, language: &Language) -> Option<Lexicon> {
    own_lexicon(language).or_else(|| Lexicon::all().max_by_key(|lexicon| heard.found.known(*lexicon)))
}
