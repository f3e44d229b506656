//! The provider: OpenID Connect's code flow with PKCE, for whichever provider is configured. What a sign-in is begun with, and what an
//! answer proves. The crate `openidconnect` checks a token's signature, issuer, audience, expiry and nonce; that it was issued for us, in
//! this sign-in, and after a new proof where one was asked for, is checked here.
//!
//! What the provider publishes of itself is read when it is first needed and held for an hour; a token under a key that is not among those
//! held makes it be read once more, but not again and again.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse,
    CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CodeTokenRequest, CsrfToken, DiscoveryError, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IdTokenClaims, IdTokenFields, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadataWithLogout, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse, TokenResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::http::{Http, HttpFault};
use crate::config::SignInSettings;
use crate::model::session::{Again, Role, SigningIn};
use crate::model::{Clock, Secret};
use crate::review::visible;
use crate::secrets::SecretStore;

/// How long what the provider publishes of itself, its keys among it, and our own secret may be used before they are read again.
const FRESH_FOR: SignedDuration = SignedDuration::from_hours(1);
/// How often a key that is not known may cause a reading out of turn: forged tokens must not make us hammer the provider.
const REREAD_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// By how much the provider's clock and ours may differ.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);
/// How long before its sign-in a token may say that it was issued: Entra ID dates its tokens back by five minutes. That a token belongs to
/// this sign-in, its nonce proves.
const DATED_BACK: SignedDuration = SignedDuration::from_mins(6);
/// Characters of each part of a name: a name, and what tells people of that name apart.
const LONGEST_NAME: usize = 60;

/// Signatures that are taken. None with a shared secret, and never none.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Every claim that the standard does not name, for the one that roles are read from.
#[derive(Deserialize, Serialize)]
struct Claims {
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

impl AdditionalClaims for Claims {}

/// Without the claims, which are a person's.
impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claims({})", self.others.len())
    }
}

type Answer = StandardTokenResponse<
    IdTokenFields<Claims, EmptyExtraTokenFields, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>,
    CoreTokenType,
>;
type Client = openidconnect::Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Answer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;
type IdToken = openidconnect::IdToken<Claims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// Where the client's secret comes from.
pub enum SecretSource {
    Nowhere,
    Text(Secret),
    Stored(SecretStore, String),
}

/// The provider as it was configured, and what is held of it.
pub struct Oidc {
    settings: SignInSettings,
    issuer: IssuerUrl,
    redirect: RedirectUrl,
    secret: SecretSource,
    clock: Clock,
    http: Http,
    held: Mutex<Option<Arc<Held>>>,
    /// When a key that was not known last caused a reading.
    reread_at: Mutex<Option<Timestamp>>,
}

struct Held {
    client: Client,
    /// Where a person's session at the provider is ended, if it says so.
    end_session: Option<String>,
    read_at: Timestamp,
}

/// Who the provider says somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    pub subject: String,
    pub name: String,
    pub roles: Vec<Role>,
    pub proved_at: Option<Timestamp>,
}

/// Why nobody is signed in. What is wrong is named, and never with what stood there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The provider does not answer as a provider does, or our secret cannot be read: nobody can sign in for now.
    #[error("{0}")]
    Away(String),
    /// What came back proves nothing.
    #[error("{0}")]
    Refused(&'static str),
}

impl Oidc {
    /// Checks what can be checked without asking anybody.
    pub fn new(settings: SignInSettings, secret: SecretSource, clock: Clock) -> Result<Oidc, String> {
        let unusable = |name: &str| format!("{name} is no address that a browser can open");
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|_| unusable("DAYZERO_SIGN_IN_ISSUER"))?;
        let redirect = RedirectUrl::new(format!("{}/sign-in/callback", settings.console_url));
        let redirect = redirect.map_err(|_| unusable("DAYZERO_CONSOLE_URL"))?;
        Ok(Oidc {
            settings,
            issuer,
            redirect,
            secret,
            clock,
            http: Http::default(),
            held: Mutex::default(),
            reread_at: Mutex::default(),
        })
    }

    /// The name by which the provider knows itself.
    pub fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// The origin of the console.
    pub fn console_url(&self) -> &str {
        &self.settings.console_url
    }

    /// Begins a sign-in: what its answer must fit, and the address at the provider that the browser goes to.
    pub async fn begin(&self, to: String, again: Option<Again>, other: bool) -> Result<(SigningIn, String), Fault> {
        let held = self.known().await?;
        let (state, nonce, verifier) = (random()?, random()?, random()?);
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        let (state_sent, nonce_sent) = (state.clone(), nonce.clone());
        let mut asked = held.client.authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            move || CsrfToken::new(state_sent),
            move || Nonce::new(nonce_sent),
        );
        for scope in &self.settings.scopes {
            asked = asked.add_scope(Scope::new(scope.clone()));
        }
        if again.is_some() || other {
            asked = asked.add_prompt(CoreAuthPrompt::Login);
        }
        if again.is_some() {
            asked = asked.set_max_age(std::time::Duration::ZERO);
        }
        let (address, _, _) = asked.set_pkce_challenge(challenge).url();
        let begun = SigningIn { state, nonce, verifier, to, again, begun_at: self.clock.now() };
        Ok((begun, address.into()))
    }

    /// Turns the code that came back into a person.
    pub async fn finish(&self, begun: &SigningIn, code: String) -> Result<Proven, Fault> {
        let held = self.known().await?;
        let exchange = held.client.exchange_code(AuthorizationCode::new(code));
        let exchange = exchange.map_err(|_| Fault::Away("the provider names no address for tokens".to_owned()))?;
        let exchange = exchange.set_pkce_verifier(PkceCodeVerifier::new(begun.verifier.clone()));
        let answer = exchanged(exchange, &self.http).await.map_err(|error| self.not_exchanged(&error))?;
        let token = answer.id_token().ok_or(Fault::Refused("the provider's answer holds no ID token"))?;
        match self.verified(&held, token, begun) {
            Err(Unverified::UnknownKey) => {
                let held = self.reread().await?;
                self.verified(&held, token, begun).map_err(Unverified::fault)
            }
            Err(other) => Err(other.fault()),
            Ok(proven) => Ok(proven),
        }
    }

    /// Where the browser goes to end a person's session at the provider; `None` if the provider has no such address, or is away.
    pub async fn goodbye(&self) -> Option<String> {
        let address = self.known().await.ok()?.end_session.clone()?;
        let mut url = openidconnect::url::Url::parse(&address).ok()?;
        let back = format!("{}/sign-out", self.settings.console_url);
        let pairs = [
            ("client_id", self.settings.client_id.as_str()),
            ("post_logout_redirect_uri", back.as_str()),
            // Cognito's name for the same.
            ("logout_uri", back.as_str()),
        ];
        url.query_pairs_mut().extend_pairs(pairs);
        Some(url.into())
    }

    fn verified(&self, held: &Held, token: &IdToken, begun: &SigningIn) -> Result<Proven, Unverified> {
        let (now, earliest) = (self.clock.now(), before(begun.begun_at));
        let oldest = begun.begun_at.checked_sub(DATED_BACK).unwrap_or(begun.begun_at);
        let issued = move |at: SystemTime| {
            let at = Timestamp::try_from(at).unwrap_or(Timestamp::MIN);
            if at >= oldest && at.duration_since(now) <= LEEWAY { Ok(()) } else { Err("not issued for this sign-in".to_owned()) }
        };
        let verifier = held.client.id_token_verifier().set_allowed_algs(ALGORITHMS);
        let verifier = verifier.set_time_fn(move || SystemTime::from(before(now)).into());
        let verifier = verifier.set_issue_time_verifier_fn(move |at| issued(at.into()));
        let claims = token.claims(&verifier, &Nonce::new(begun.nonce.clone())).map_err(Unverified::of)?;
        // Who the token was made for may stand there beside the audience; then it is us.
        if claims.authorized_party().is_some_and(|party| party.as_str() != self.settings.client_id) {
            return Err(Unverified::Wrong("its authorized party"));
        }
        let proved_at = claims.auth_time().and_then(|at| Timestamp::try_from(SystemTime::from(at)).ok());
        if begun.again.is_some() && proved_at.is_none_or(|at| at < earliest) {
            return Err(Unverified::Wrong("its time of authentication: the person was not asked anew"));
        }
        Ok(Proven { subject: claims.subject().to_string(), name: name(claims), roles: self.roles(claims), proved_at })
    }

    fn roles(&self, claims: &IdTokenClaims<Claims, CoreGenderClaim>) -> Vec<Role> {
        let values: Vec<&str> = match claims.additional_claims().others.get(&self.settings.roles_claim) {
            Some(Value::String(value)) => vec![value],
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let has =
            |role: &Role| self.settings.roles.iter().any(|(known, value)| known == role && values.contains(&value.as_str()));
        Role::ALL.into_iter().filter(has).collect()
    }

    async fn known(&self) -> Result<Arc<Held>, Fault> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match held.filter(|held| self.age(held) < FRESH_FOR) {
            Some(held) => Ok(held),
            None => self.read().await,
        }
    }

    async fn reread(&self) -> Result<Arc<Held>, Fault> {
        let now = self.clock.now();
        let last = self.reread_at.lock().unwrap_or_else(PoisonError::into_inner).replace(now);
        if last.is_some_and(|last| now.duration_since(last).abs() < REREAD_EVERY) {
            return Err(Unverified::UnknownKey.fault());
        }
        self.read().await
    }

    fn age(&self, held: &Held) -> SignedDuration {
        self.clock.now().duration_since(held.read_at).abs()
    }

    async fn read(&self) -> Result<Arc<Held>, Fault> {
        let metadata = discovered(self.issuer.clone(), &self.http).await;
        let metadata = metadata.map_err(|error| Fault::Away(discovery(&error)))?;
        let end_session = metadata.additional_metadata().end_session_endpoint.as_ref().map(|url| url.as_str().to_owned());
        let by_form = metadata.token_endpoint_auth_methods_supported().is_some_and(|methods| {
            let has = |wanted: &str| methods.iter().any(|method| serde_json::json!(method) == wanted);
            has("client_secret_post") && !has("client_secret_basic")
        });
        let secret = self.secret().await?.map(ClientSecret::new);
        let client = Client::from_provider_metadata(metadata, ClientId::new(self.settings.client_id.clone()), secret);
        let client = client.set_redirect_uri(self.redirect.clone());
        let client = if by_form { client.set_auth_type(AuthType::RequestBody) } else { client };
        let held = Arc::new(Held { client, end_session, read_at: self.clock.now() });
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held.clone());
        Ok(held)
    }

    async fn secret(&self) -> Result<Option<String>, Fault> {
        match &self.secret {
            SecretSource::Nowhere => Ok(None),
            SecretSource::Text(secret) => Ok(Some(String::from_utf8_lossy(secret.expose()).into_owned())),
            SecretSource::Stored(store, name) => {
                let text = store.text(name).await.map_err(|error| Fault::Away(error.to_string()))?;
                Ok(Some(text.trim().to_owned()))
            }
        }
    }

    /// A provider that does not know us may have been given another secret: the next sign-in reads ours anew.
    fn not_exchanged(&self, error: &Refusal) -> Fault {
        match error {
            RequestTokenError::Request(fault) => Fault::Away(fault.to_string()),
            RequestTokenError::ServerResponse(refused) if *refused.error() == CoreErrorResponseType::InvalidClient => {
                *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
                Fault::Away("the provider does not take the console's client id and secret".to_owned())
            }
            RequestTokenError::ServerResponse(_) => Fault::Refused("the provider does not take the code"),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                Fault::Refused("the provider's answer to the code cannot be read")
            }
        }
    }
}

/// A future whose type is forgotten: the compiler cannot prove of the crate's own, inside a longer one, that threads may pass it on.
type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type Refusal = RequestTokenError<HttpFault, StandardErrorResponse<CoreErrorResponseType>>;

fn discovered(issuer: IssuerUrl, http: &Http) -> Boxed<'_, Result<ProviderMetadataWithLogout, DiscoveryError<HttpFault>>> {
    Box::pin(ProviderMetadataWithLogout::discover_async(issuer, http))
}

fn exchanged<'a>(
    exchange: CodeTokenRequest<'a, StandardErrorResponse<CoreErrorResponseType>, Answer>,
    http: &'a Http,
) -> Boxed<'a, Result<Answer, Refusal>> {
    Box::pin(exchange.request_async(http))
}

/// Why a token proves nothing.
enum Unverified {
    UnknownKey,
    Wrong(&'static str),
}

impl Unverified {
    fn of(error: ClaimsVerificationError) -> Unverified {
        use ClaimsVerificationError as E;
        match error {
            E::SignatureVerification(SignatureVerificationError::NoMatchingKey) => Unverified::UnknownKey,
            E::SignatureVerification(_) => Unverified::Wrong("the ID token's signature"),
            E::Expired(_) => Unverified::Wrong("the ID token's time: it is expired, or was not issued for this sign-in"),
            E::InvalidAudience(_) => Unverified::Wrong("the ID token's audience"),
            E::InvalidIssuer(_) => Unverified::Wrong("the ID token's issuer"),
            E::InvalidNonce(_) => Unverified::Wrong("the ID token's nonce"),
            E::InvalidSubject(_) => Unverified::Wrong("the ID token's subject"),
            _ => Unverified::Wrong("the ID token"),
        }
    }

    fn fault(self) -> Fault {
        match self {
            Unverified::UnknownKey => Fault::Refused("the ID token is signed with a key that the provider does not publish"),
            Unverified::Wrong(what) => Fault::Refused(what),
        }
    }
}

/// A name as people know it, and beside it what tells two people of that name apart.
fn name(claims: &IdTokenClaims<Claims, CoreGenderClaim>) -> String {
    let clean = |text: &str| -> Option<String> {
        let text: String = text.trim().chars().filter(|c| !visible::is_unseen(*c)).take(LONGEST_NAME).collect();
        Some(text).filter(|text| !text.is_empty())
    };
    let given = claims.name().and_then(|name| name.get(None)).and_then(|name| clean(name));
    // An address that the provider has verified comes first: the others a person may be able to choose.
    let email = claims.email().map(|email| email.as_str());
    let verified = email.filter(|_| claims.email_verified() == Some(true));
    let account = verified.or(claims.preferred_username().map(|name| name.as_str())).or(email);
    let account = account.and_then(clean);
    match (given, account) {
        (Some(given), Some(account)) if given != account => format!("{given} ({account})"),
        (Some(only), _) | (None, Some(only)) => only,
        (None, None) => clean(claims.subject()).unwrap_or_else(|| "a person without a name".to_owned()),
    }
}

/// What went wrong, without what the provider said.
fn discovery(error: &DiscoveryError<HttpFault>) -> String {
    use DiscoveryError as E;
    match error {
        E::Request(fault) => fault.to_string(),
        E::Response(status, ..) => format!("the provider answered {} where its description should be", status.as_u16()),
        E::Parse(_) => "the provider's description of itself cannot be read".to_owned(),
        E::Validation(_) => "the provider names itself differently from DAYZERO_SIGN_IN_ISSUER".to_owned(),
        _ => "the provider's description of itself cannot be had".to_owned(),
    }
}

fn before(at: Timestamp) -> Timestamp {
    at.checked_sub(LEEWAY).unwrap_or(at)
}

/// 32 random bytes in hexadecimal.
pub fn random() -> Result<String, Fault> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| Fault::Away("the machine gave no random numbers".to_owned()))?;
    Ok(hex::encode(bytes))
}
