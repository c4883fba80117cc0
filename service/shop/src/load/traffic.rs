//! Sends requests when they are due, and listens to what comes back.

use std::time::Duration;

use fastrand::Rng;
use pilotlight_instrument::http::UrlTemplate;
use pilotlight_instrument::http::reqwest::HttpClientMiddleware;
use reqwest::{Client, Url, redirect};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::mix::{self, Kind, Planned};
use super::settings::Settings;
use super::summary::{End, Summary};
use crate::failure::Failure;

/// Longer than the gateway takes at most to answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How many requests may be without an answer. Those that are due beyond are not sent, and counted as such.
const UNANSWERED_MAX: usize = 512;

/// Sends what is due until the settings' duration is over or `shutdown` is ready, and waits for the last answers.
///
/// # Errors
/// When nothing answers at the target to begin with.
pub async fn run(target: &Url, settings: &Settings, shutdown: impl Future) -> Result<Summary, Failure> {
    let client = client().map_err(|cause| Failure::because("the load's client cannot be made", cause))?;
    probe(&client, target).await?;
    let mut traffic = Traffic {
        client: ClientBuilder::new(client).with(HttpClientMiddleware::new()).build(),
        target: target.clone(),
        dice: settings.seed.map_or_else(Rng::new, Rng::with_seed),
        unanswered: JoinSet::new(),
        summary: Summary::default(),
    };
    let began = Instant::now();
    let over = async {
        match settings.duration {
            Some(duration) => tokio::time::sleep(duration).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = shutdown => {}
        () = over => {}
        () = traffic.send_all(settings.rate) => {}
    }
    traffic.summary.lasted = began.elapsed();
    Ok(traffic.last_answers().await)
}

/// Traffic on its way.
struct Traffic {
    client: ClientWithMiddleware,
    target: Url,
    dice: Rng,
    unanswered: JoinSet<(Kind, End)>,
    summary: Summary,
}

impl Traffic {
    /// One after the other, for ever. Those that became due while this machine was busy are sent at once.
    async fn send_all(&mut self, rate: f64) {
        let mut due = interval(Duration::from_secs_f64(1.0 / rate));
        due.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            tokio::select! {
                _ = due.tick() => self.send_next(),
                Some(Ok((kind, end))) = self.unanswered.join_next() => self.summary.count(kind, end),
            }
        }
    }

    fn send_next(&mut self) {
        let planned = mix::next(&mut self.dice);
        if self.unanswered.len() == UNANSWERED_MAX {
            self.summary.count(planned.kind, End::NotSent);
            return;
        }
        let mut url = self.target.clone();
        url.set_path(&planned.path);
        self.unanswered.spawn(send(self.client.clone(), url, planned));
    }

    async fn last_answers(mut self) -> Summary {
        while let Some(ended) = self.unanswered.join_next().await {
            if let Ok((kind, end)) = ended {
                self.summary.count(kind, end);
            }
        }
        self.summary
    }
}

/// Sends a request and reads its answer to the end, unless its client has had enough: then the connection is closed.
async fn send(client: ClientWithMiddleware, url: Url, planned: Planned) -> (Kind, End) {
    let request = match &planned.order {
        Some(order) => client.post(url).json(order),
        None => client.get(url),
    };
    let request = request.with_extension(UrlTemplate::new(planned.template));
    let answer = async {
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        answer.bytes().await.ok().map(|_| status)
    };
    let end = match tokio::time::timeout(planned.patience.unwrap_or(TIMEOUT), answer).await {
        Ok(Some(status)) => End::Status(status),
        Ok(None) => End::NoAnswer,
        Err(_) if planned.patience.is_some() => End::HungUp,
        Err(_) => End::NoAnswer,
    };
    (planned.kind, end)
}

fn client() -> reqwest::Result<Client> {
    Client::builder().redirect(redirect::Policy::none()).no_proxy().timeout(TIMEOUT).build()
}

/// Asks once whether anybody is there, before thousands of requests find out.
async fn probe(client: &Client, target: &Url) -> Result<(), Failure> {
    let mut url = target.clone();
    url.set_path("/health");
    let answer = client.get(url).send().await.map_err(|cause| {
        let message =
            format!("nothing answers at {target}; start the shop, or say with --target where it is");
        Failure::because(message, cause.without_url())
    })?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(Failure::new(format!(
            "{target} is no shop that wants requests: its /health answers {status}"
        ))),
    }
}
