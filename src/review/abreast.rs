//! Several questions to the store at once, a few at a time. For whatever a page needs of many records.

use std::future::Future;

use tokio::task::JoinSet;

use crate::store::StoreError;

/// Questions under way at one moment: enough to hide the way to the table, few enough to leave room for whoever else asks.
const ABREAST: usize = 8;

/// Asks `each` of every item and gives the answers in the items' order.
pub async fn abreast<I, O, F>(items: impl IntoIterator<Item = I>, each: impl Fn(I) -> F) -> Result<Vec<O>, StoreError>
where
    F: Future<Output = O> + Send + 'static,
    O: Send + 'static,
{
    let mut answers: Vec<(usize, O)> = Vec::new();
    let mut asking = JoinSet::new();
    for (place, item) in items.into_iter().enumerate() {
        if asking.len() >= ABREAST {
            answers.extend(next(&mut asking).await?);
        }
        let asked = each(item);
        asking.spawn(async move { (place, asked.await) });
    }
    while let Some(answer) = next(&mut asking).await? {
        answers.push(answer);
    }
    answers.sort_by_key(|(place, _)| *place);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

async fn next<O: 'static>(asking: &mut JoinSet<O>) -> Result<Option<O>, StoreError> {
    let stopped = |_| StoreError::Unavailable { doing: "reading several records", source: "a task stopped".into() };
    asking.join_next().await.transpose().map_err(stopped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_come_in_the_order_of_the_questions() {
        let answers = abreast(0..50_u64, |number| async move {
            tokio::time::sleep(std::time::Duration::from_micros((50 - number) * 20)).await;
            number
        });
        assert_eq!(answers.await.unwrap(), (0..50).collect::<Vec<_>>());
    }
}
