//! Exports of real clients: the same figures as the client's, joined, compared, and refused when damaged.

mod aiperf;
mod damage;
mod exports;
mod genai_perf;
mod joined;
mod page;
mod vllm;
