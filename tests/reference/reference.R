# Reference values for tests/test_estimates_reference.py, computed with base R alone (no packages), so that they
# owe nothing to the Python libraries under test. To make the CSV files beside this script again:
#   cd tests/reference && Rscript reference.R
# Made with R 4.2.2.

out <- function(frame, name) {
  numeric <- vapply(frame, is.numeric, TRUE)
  frame[numeric] <- lapply(frame[numeric], function(x) sprintf("%.15g", x))
  write.csv(frame, paste0(name, ".csv"), row.names = FALSE, quote = FALSE)
}

# One proportion: Wilson (prop.test without continuity correction), Clopper-Pearson (binom.test), Jeffreys (beta
# quantiles, with the limits of Brown, Cai and DasGupta 2001 at 0 and n).
cases <- expand.grid(x = c(0, 1, 3, 5, 38, 81, 268), n = c(5, 41, 263, 310), level = c(0.90, 0.95, 0.99))
cases <- cases[cases$x <= cases$n, ]
proportions <- do.call(rbind, apply(cases, 1, function(r) {
  x <- r["x"]; n <- r["n"]; level <- r["level"]; a <- (1 - level) / 2
  w <- suppressWarnings(prop.test(x, n, conf.level = level, correct = FALSE))$conf.int
  e <- binom.test(x, n, conf.level = level)$conf.int
  j <- c(if (x == 0) 0 else qbeta(a, x + 0.5, n - x + 0.5), if (x == n) 1 else qbeta(1 - a, x + 0.5, n - x + 0.5))
  data.frame(row.names = NULL, x, n, level, method = c("wilson", "clopper_pearson", "jeffreys"),
             low = c(w[1], e[1], j[1]), high = c(w[2], e[2], j[2]))
}))
out(proportions, "proportions")

# One Poisson count: Garwood (poisson.test).
counts <- data.frame(x = c(0, 1, 5, 10, 29, 31, 34, 394, 593, 735),
                     t = c(1, 1, 2.5, 1, 6.33, 6.33, 7.84, 149.566, 149.164, 148.452))
poisson <- do.call(rbind, lapply(seq_len(nrow(counts)), function(i) {
  ci <- poisson.test(counts$x[i], counts$t[i])$conf.int
  data.frame(counts[i, ], row.names = NULL, low = ci[1], high = ci[2])
}))
out(poisson, "poisson")

# Ratio of two Poisson rates: exact conditional (poisson.test).
ratios <- data.frame(x1 = c(29, 34, 32, 5, 0, 4), t1 = c(6330, 7840, 11343, 10, 10, 10),
                     x0 = c(593, 394, 232, 9, 7, 0), t0 = c(149164, 149566, 123189, 30, 12, 12))
rate_ratios <- do.call(rbind, lapply(seq_len(nrow(ratios)), function(i) {
  test <- poisson.test(c(ratios$x1[i], ratios$x0[i]), c(ratios$t1[i], ratios$t0[i]))
  data.frame(ratios[i, ], estimate = unname(test$estimate), low = test$conf.int[1], high = test$conf.int[2],
             p_value = test$p.value)
}))
out(rate_ratios, "rate_ratios")

# Two proportions. Odds ratio: the conditional likelihood of fisher.test, solved to more digits than it does (it stops at
# two to four; the script checks that the two agree that far). Difference: Newcombe's method 10 from prop.test's Wilson limits. Ratio: score
# test inverted, with the constrained likelihood maximised numerically (no closed form). Score test: chisq.test. Boschloo:
# the smaller one-sided Fisher p-value as test statistic, its tail probability maximised over a fine grid and then
# polished, doubled.
tables <- data.frame(x1 = c(38, 56, 9, 10, 6, 36, 3, 7, 5, 12, 2, 40), n1 = c(41, 70, 10, 10, 7, 40, 5, 15, 5, 12, 9, 41),
                     x0 = c(268, 48, 3, 0, 2, 16, 9, 12, 3, 64, 2, 310), n0 = c(310, 80, 10, 10, 7, 80, 9, 15, 9, 70, 4, 310))

wilson <- function(x, n) suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int
newcombe <- function(x1, n1, x0, n0) {
  p1 <- x1 / n1; p0 <- x0 / n0; w1 <- wilson(x1, n1); w0 <- wilson(x0, n0)
  c(p1 - p0 - sqrt((p1 - w1[1])^2 + (w0[2] - p0)^2), p1 - p0 + sqrt((w1[2] - p1)^2 + (p0 - w0[1])^2))
}

xlogy <- function(x, y) ifelse(x == 0, 0, x * log(y))
score_z <- function(x1, n1, x0, n0, ratio) {
  top <- min(1, 1 / ratio)
  loglik <- function(p0) xlogy(x1, ratio * p0) + xlogy(n1 - x1, 1 - ratio * p0) + xlogy(x0, p0) + xlogy(n0 - x0, 1 - p0)
  derivative <- function(p0) (x1 + x0) / p0 - ratio * (n1 - x1) / (1 - ratio * p0) - (n0 - x0) / (1 - p0)
  edge <- top * 1e-14
  p0 <- if (derivative(top - edge) >= 0) top else uniroot(derivative, c(edge, top - edge), tol = 1e-16, maxiter = 10000)$root
  p1 <- ratio * p0
  d <- x1 / n1 - ratio * x0 / n0
  v <- p1 * (1 - p1) / n1 + ratio^2 * p0 * (1 - p0) / n0
  if (v <= 0) return(if (abs(d) < 1e-12) 0 else sign(d) * 1e6)
  d / sqrt(v)
}
score_ratio <- function(x1, n1, x0, n0) {
  z <- qnorm(0.975)
  f <- function(target) exp(uniroot(function(l) score_z(x1, n1, x0, n0, exp(l)) - target, c(-8, 8), tol = 1e-13)$root)
  c(if (x1 == 0) 0 else f(z), if (x0 == 0) Inf else f(-z))
}

odds_ratio <- function(x1, n1, x0, n0) {
  m <- x1 + x0
  support <- max(0, m - n0):min(n1, m)
  log_weight <- dhyper(support, n1, n0, m, log = TRUE)
  density <- function(log_odds) {
    d <- log_weight + support * log_odds
    d <- exp(d - max(d))
    d / sum(d)
  }
  solve <- function(f) exp(uniroot(f, c(-30, 30), tol = 1e-14, maxiter = 10000)$root)
  lowest <- x1 == min(support); highest <- x1 == max(support)
  estimate <- if (lowest) 0 else if (highest) Inf else solve(function(l) sum(support * density(l)) - x1)
  low <- if (lowest) 0 else solve(function(l) sum(density(l)[support >= x1]) - 0.025)
  high <- if (highest) Inf else solve(function(l) sum(density(l)[support <= x1]) - 0.025)
  c(estimate, low, high)
}

boschloo <- function(x1, n1, x0, n0) {
  one_sided <- function(lower) {
    grid <- expand.grid(a = 0:n1, c = 0:n0)
    fisher <- function(a, c) if (lower) phyper(a, n1, n0, a + c) else phyper(a - 1, n1, n0, a + c, lower.tail = FALSE)
    statistic <- fisher(grid$a, grid$c)
    region <- grid[statistic <= fisher(x1, x0) * (1 + 1e-13), ]
    size <- function(p) sum(dbinom(region$a, n1, p) * dbinom(region$c, n0, p))
    ps <- seq(0, 1, length.out = 4001)
    sizes <- vapply(ps, size, 0)
    best <- ps[which.max(sizes)]
    polished <- optimize(size, c(max(0, best - 5e-4), min(1, best + 5e-4)), maximum = TRUE, tol = 1e-12)$objective
    c(fisher(x1, x0), max(polished, max(sizes)))
  }
  both <- rbind(one_sided(TRUE), one_sided(FALSE))
  min(1, 2 * both[which.min(both[, 1]), 2])
}

two_groups <- do.call(rbind, lapply(seq_len(nrow(tables)), function(i) {
  r <- tables[i, ]
  m <- matrix(c(r$x1, r$n1 - r$x1, r$x0, r$n0 - r$x0), 2, byrow = TRUE)
  fisher <- fisher.test(m)
  o <- odds_ratio(r$x1, r$n1, r$x0, r$n0)
  stopifnot(all.equal(o, c(unname(fisher$estimate), fisher$conf.int), tolerance = 0.02, check.attributes = FALSE))
  d <- newcombe(r$x1, r$n1, r$x0, r$n0)
  k <- score_ratio(r$x1, r$n1, r$x0, r$n0)
  data.frame(r, row.names = NULL, odds_ratio = o[1], odds_low = o[2], odds_high = o[3],
             fisher_p = fisher$p.value, difference_low = d[1], difference_high = d[2], ratio_low = k[1], ratio_high = k[2],
             score_p = suppressWarnings(chisq.test(m, correct = FALSE))$p.value,
             boschloo_p = boschloo(r$x1, r$n1, r$x0, r$n0))
}))
out(two_groups, "two_groups")

# Stratified tables. UCB: admissions at Berkeley by sex and department (R's UCBAdmissions; Bickel, Hammel and O'Connell 1975).
# BCG: thirteen trials of the vaccine against tuberculosis (Colditz et al. 1994). Odds ratio, its interval and the
# Cochran-Mantel-Haenszel test: mantelhaen.test. Breslow-Day and Tarone: expected counts by root finding.
strata <- rbind(
  do.call(rbind, lapply(1:6, function(k) {
    t <- UCBAdmissions[, , k]
    data.frame(set = "ucb", stratum = dimnames(UCBAdmissions)$Dept[k], x1 = t["Admitted", "Female"], n1 = sum(t[, "Female"]),
               x0 = t["Admitted", "Male"], n0 = sum(t[, "Male"]))
  })),
  data.frame(set = "bcg", stratum = paste0("trial", 1:13),
             x1 = c(4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27),
             n1 = c(123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913),
             x0 = c(11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29),
             n0 = c(139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854))
)
row.names(strata) <- NULL
out(strata, "strata")

mantel_haenszel <- do.call(rbind, lapply(unique(strata$set), function(name) {
  s <- strata[strata$set == name, ]
  cube <- array(rbind(s$x1, s$x0, s$n1 - s$x1, s$n0 - s$x0), c(2, 2, nrow(s)))
  test <- mantelhaen.test(cube, correct = FALSE)
  common <- unname(test$estimate)
  expected <- mapply(function(x1, n1, x0, n0) {
    m <- x1 + x0
    f <- function(a) a * (n0 - m + a) - common * (m - a) * (n1 - a)
    uniroot(f, c(max(0, m - n0), min(m, n1)), tol = 1e-12)$root
  }, s$x1, s$n1, s$x0, s$n0)
  m <- s$x1 + s$x0
  v <- 1 / (1 / expected + 1 / (m - expected) + 1 / (s$n1 - expected) + 1 / (s$n0 - m + expected))
  breslow_day <- sum((s$x1 - expected)^2 / v)
  data.frame(set = name, odds_ratio = common, low = test$conf.int[1], high = test$conf.int[2],
             statistic = unname(test$statistic), p_value = test$p.value, breslow_day,
             tarone = breslow_day - sum(s$x1 - expected)^2 / sum(v), df = nrow(s) - 1)
}))
out(mantel_haenszel, "mantel_haenszel")

# Control limits of a funnel: Spiegelhalter (2005), appendix A.1.1, with qbinom and pbinom. The upper limit is the lower
# limit of the cases without the sanction.
limit <- function(theta, n, p) {
  r <- qbinom(p, n, theta)
  alpha <- (pbinom(r, n, theta) - p) / (pbinom(r, n, theta) - pbinom(r - 1, n, theta))
  pmin(1, pmax(0, (r - alpha) / n))
}
funnel <- expand.grid(overall = c(0.05, 0.5, 0.871794871794872, 0.98), size = c(1, 2, 5, 10, 19, 28, 60, 200, 1000))
funnel$low95 <- limit(funnel$overall, funnel$size, 0.025)
funnel$high95 <- 1 - limit(1 - funnel$overall, funnel$size, 0.025)
funnel$low998 <- limit(funnel$overall, funnel$size, 0.001)
funnel$high998 <- 1 - limit(1 - funnel$overall, funnel$size, 0.001)
out(funnel, "funnel")
