//! The distributions the tests need: normal, Student's t and gamma.

/// The chance that a standard normal variable lies further from 0 than `z`, on either side.
pub fn normal_two_sided(z: f64) -> f64 {
    if z == 0.0 {
        return 1.0;
    }
    upper_gamma(0.5, z * z / 2.0)
}

/// Student's t critical value: with `df` degrees of freedom, |T| exceeds it with probability
/// `alpha`.
///
/// `df` may be a fraction, as effective sample sizes are. Solves I_x(df/2, 1/2) = alpha, x = df /
/// (df + t²), by bisection (Abramowitz & Stegun 26.7.1). `NaN` unless `df > 0` and `0 < alpha < 1`.
pub fn student_t_critical(df: f64, alpha: f64) -> f64 {
    if !(df > 0.0 && alpha > 0.0 && alpha < 1.0) {
        return f64::NAN;
    }
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if incomplete_beta(df / 2.0, 0.5, middle) < alpha {
            low = middle;
        } else {
            high = middle;
        }
    }
    (df * (1.0 / high - 1.0)).sqrt()
}

/// The regularized incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22) on
/// the side of the mean where that converges fast.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let log_front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    if x < (a + 1.0) / (a + b + 2.0) {
        log_front.exp() / (a * beta_fraction(a, b, x))
    } else {
        1.0 - log_front.exp() / (b * beta_fraction(b, a, 1.0 - x))
    }
}

/// 1 + d₁/(1 + d₂/(1 + …)) of DLMF 8.17.22, by the modified Lentz method.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    lentz(1.0, |step| {
        let m = (step / 2) as f64;
        let numerator = if step % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        (numerator, 1.0)
    })
}

/// The chance that a variable of the gamma distribution with this shape, above 0, and with scale 1 is
/// at most `x`. With shape 1 that is the exponential distribution.
pub fn gamma_below(shape: f64, x: f64) -> f64 {
    if x > 0.0 { 1.0 - upper_gamma(shape, x) } else { 0.0 }
}

/// The regularized upper incomplete gamma function Q(a, x) for a, x > 0; Q(1/2, x) is erfc(√x).
fn upper_gamma(a: f64, x: f64) -> f64 {
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        // Series of P(a, x), DLMF 8.7.1.
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        1.0 - front * sum
    } else {
        // Continued fraction of Q(a, x), DLMF 8.9.2.
        front
            / lentz(x + 1.0 - a, |step| {
                let i = step as f64;
                (-i * (i - a), x + 2.0 * i + 1.0 - a)
            })
    }
}

/// Evaluates b₀ + a₁/(b₁ + a₂/(b₂ + …)), with `term(i)` = (aᵢ, bᵢ) (Thompson & Barnett 1986).
fn lentz(b0: f64, term: impl Fn(u32) -> (f64, f64)) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut value = guard(b0);
    let (mut c, mut d) = (value, 0.0);
    for step in 1..10_000 {
        let (a, b) = term(step);
        d = 1.0 / guard(b + a * d);
        c = guard(b + a / c);
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// ln Γ(x) for x > 0: Stirling's series (DLMF 5.11.1) after shifting x above 10.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 10.0 {
        shift -= x.ln();
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series =
        (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))) / x;
    shift + (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_tail_matches_the_usual_table() {
        assert!((normal_two_sided(1.959_963_984_540_054) - 0.05).abs() < 1e-12);
        assert!((normal_two_sided(-2.575_829_303_548_901) - 0.01).abs() < 1e-12);
        assert_eq!(normal_two_sided(0.0), 1.0);
    }

    #[test]
    fn t_matches_the_usual_table() {
        for (df, alpha, t) in
            [(1.0, 0.05, 12.706_204_736), (9.0, 0.05, 2.262_157_163), (9.0, 0.01, 3.249_835_542)]
        {
            assert!((student_t_critical(df, alpha) - t).abs() < 1e-7 * t, "{df} {alpha}");
        }
        assert!(student_t_critical(0.0, 0.05).is_nan());
    }

    #[test]
    fn gamma_is_what_it_is_where_that_is_simple() {
        for x in [0.01, 0.7, 3.0, 20.0] {
            // Shape 1: exponential. Shape 2: the sum of two of them.
            assert!((gamma_below(1.0, x) - (1.0 - (-x).exp())).abs() < 1e-12, "{x}");
            assert!((gamma_below(2.0, x) - (1.0 - (1.0 + x) * (-x).exp())).abs() < 1e-12, "{x}");
        }
        assert_eq!(gamma_below(3.0, 0.0), 0.0);
    }
}
