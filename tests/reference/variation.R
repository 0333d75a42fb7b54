# Reference values for tests/test_variation_reference.py: beta-binomial maximum likelihood, over-dispersed funnel limits, tests
# of homogeneity, false discovery rates and the segmented model. To make the CSV files beside this script again:
#   cd tests/reference && Rscript variation.R
# Made with R 4.2.2 and Debian's packages VGAM 1.1-7, metafor 3.8-1 and clubSandwich 0.5.8.
#
# FunnelPlotR itself could not be installed here. The over-dispersed limits below are written from the formulas that
# Spiegelhalter (2005, Statistics in Medicine 24, 1185-1202; 2012, JRSS A 175, 1-47) and that package's documentation give for
# proportions; no code of it is used.

suppressPackageStartupMessages({library(VGAM); library(metafor)})

out <- function(frame, name) {
  numeric <- vapply(frame, is.numeric, TRUE)
  frame[numeric] <- lapply(frame[numeric], function(x) sprintf("%.15g", x))
  write.csv(frame, paste0(name, ".csv"), row.names = FALSE, quote = FALSE)
}

# Three sets of counts. "rats": 71 control groups of Tarone (1982), as in Gelman et al., Bayesian Data Analysis, table 5.1.
# "forces": concluded cases of 45 forces, as in data/ when this was made. "even": invented, hardly any variation.
rats <- list(
  x = c(0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,2,2,2,2,2,2,2,2,2,1,5,2,5,3,2,7,7,3,3,2,9,10,4,4,4,4,4,4,4,10,4,4,4,5,11,12,
        5,5,6,5,6,6,6,6,16,15,15,9,4),
  n = c(20,20,20,20,20,20,20,19,19,19,19,18,18,17,20,20,20,20,19,19,18,18,25,24,23,20,20,20,20,20,20,10,49,19,46,27,17,49,47,20,20,
        13,48,50,20,20,20,20,20,20,20,48,19,19,19,22,46,49,20,20,23,19,22,20,20,20,52,46,47,24,14))
forces <- list(
  x = c(25,8,13,3,1,6,7,3,9,12,5,4,22,3,22,6,10,5,9,3,10,13,10,16,47,11,14,6,7,8,9,6,14,4,3,3,22,4,3,11,16,22,12,22,2),
  n = c(36,11,16,6,4,6,9,7,10,15,8,5,27,4,39,10,14,8,11,10,12,22,13,16,75,13,28,19,8,8,13,6,22,5,9,3,31,15,4,12,20,34,13,24,5))
even <- list(x = c(9, 17, 4, 8, 13, 2, 26, 7), n = c(12, 20, 5, 10, 16, 3, 32, 8))
sets <- list(rats = rats, forces = forces, even = even)
out(do.call(rbind, lapply(names(sets), function(s) data.frame(set = s, x = sets[[s]]$x, n = sets[[s]]$n))), "variation_counts")

# Beta-binomial: VGAM's vglm, to its tightest tolerance, then its likelihood polished with optim on dbetabinom.ab; the profile
# limits by root finding on the same likelihood.
loglik <- function(mu, rho, d) sum(dbetabinom.ab(d$x, d$n, mu * (1 - rho) / rho, (1 - mu) * (1 - rho) / rho, log = TRUE))
profile <- function(rho, d) optimize(function(m) loglik(plogis(m), rho, d), c(-8, 8), maximum = TRUE, tol = 1e-12)
fit <- do.call(rbind, lapply(c("rats", "forces"), function(s) {
  d <- sets[[s]]
  v <- vglm(cbind(d$x, d$n - d$x) ~ 1, betabinomial, epsilon = 1e-12, maxit = 500)
  best <- optimize(function(r) profile(r, d)$objective, c(1e-4, 0.9), maximum = TRUE, tol = 1e-12)
  rho <- best$maximum
  stopifnot(abs(rho - Coef(v)["rho"]) < 1e-5, abs(plogis(profile(rho, d)$maximum) - Coef(v)["mu"]) < 1e-5)
  drop <- function(r) 2 * (best$objective - profile(r, d)$objective) - qchisq(0.95, 1)
  low <- uniroot(drop, c(1e-5, rho), tol = 1e-13)$root
  high <- uniroot(drop, c(rho, 0.9), tol = 1e-13)$root
  data.frame(set = s, mean = plogis(profile(rho, d)$maximum), correlation = rho, low, high,
             vglm_mean = Coef(v)["mu"], vglm_correlation = Coef(v)["rho"])
}))
out(fit, "beta_binomial")

# Homogeneity: Pearson's statistic from chisq.test, Tarone's from its definition, both with a p-value by simulation that keeps
# both margins (chisq.test's own for Pearson's; r2dtable for Tarone's).
set.seed(1)
homogeneity <- do.call(rbind, lapply(names(sets), function(s) {
  d <- sets[[s]]; p <- sum(d$x) / sum(d$n)
  pearson <- suppressWarnings(chisq.test(cbind(d$x, d$n - d$x)))$statistic
  simulated <- chisq.test(cbind(d$x, d$n - d$x), simulate.p.value = TRUE, B = 100000)$p.value
  z <- function(x) (sum((x - d$n * p)^2 / (p * (1 - p))) - sum(d$n)) / sqrt(2 * sum(d$n * (d$n - 1)))
  drawn <- vapply(r2dtable(100000, d$n, c(sum(d$x), sum(d$n - d$x))), function(t) z(t[, 1]), 0)
  data.frame(set = s, pearson, pearson_p = simulated, tarone = z(d$x), tarone_p = mean(drawn >= z(d$x) - 1e-9))
}))
out(homogeneity, "homogeneity")

# Over-dispersion on the arcsine and on the identity scale. Winsorised z-scores with R's quantile; phi; tau squared. The latter
# is also DerSimonian and Laird's: metafor's, where the z-scores are not winsorised and the target is the weighted mean.
dispersions <- list(); limits <- list()
for (s in names(sets)) for (scale in c("arcsine", "identity")) for (share in c(0.1, 0)) {
  d <- sets[[s]]; target <- sum(d$x) / sum(d$n)
  onto <- if (scale == "arcsine") function(p) asin(sqrt(p)) else identity
  error <- if (scale == "arcsine") 0.5 / sqrt(d$n) else sqrt(target * (1 - target) / d$n)
  z <- (onto(d$x / d$n) - onto(target)) / error
  ends <- quantile(z, c(share, 1 - share), names = FALSE)
  w <- pmin(pmax(z, ends[1]), ends[2])
  phi <- mean(w^2)
  weight <- error^-2
  tau2 <- max(0, (length(w) * phi - (length(w) - 1)) / (sum(weight) - sum(weight^2) / sum(weight)))
  dispersions[[length(dispersions) + 1]] <- data.frame(set = s, scale, share, target, phi, tau2, z_first = z[1], w_min = min(w), w_max = max(w))
  if (share == 0.1) for (model in c("multiplicative", "additive")) {
    n <- c(5, 20, 100)
    e0 <- if (scale == "arcsine") 0.5 / sqrt(n) else sqrt(target * (1 - target) / n)
    widened <- if (model == "multiplicative") phi > 1 else tau2 > 0
    if (!widened) next
    e <- if (model == "multiplicative") e0 * sqrt(phi) else sqrt(e0^2 + tau2)
    at <- function(q) {
      y <- onto(target) + q * e
      if (scale == "arcsine") sin(pmin(pmax(y, 0), pi / 2))^2 else pmin(pmax(y, 0), 1)
    }
    limits[[length(limits) + 1]] <- data.frame(set = s, scale, model, size = n, low95 = at(qnorm(0.025)), high95 = at(qnorm(0.975)),
      low998 = at(qnorm(0.001)), high998 = at(qnorm(0.999)))
  }
}
out(do.call(rbind, dispersions), "dispersion")
out(do.call(rbind, limits), "overdispersed_limits")
laird <- do.call(rbind, lapply(names(sets), function(s) {
  d <- sets[[s]]
  m <- rma(measure = "PAS", xi = d$x, ni = d$n, method = "DL")
  data.frame(set = s, target = transf.iarcsin(m$b[1]), weighted = weighted.mean(asin(sqrt(d$x / d$n)), d$n), tau2 = m$tau2)
}))
out(laird, "dersimonian_laird")

# False discovery rates.
p <- c(0.39, 0.0043, 0.21, 0.32, 0.24, 0.0676, 0.0043, 1)
out(data.frame(p_value = p, fdr_bh = p.adjust(p, "BH"), fdr_by = p.adjust(p, "BY")), "false_discovery")

# Interrupted series: glm on time and step, the difference on the day of the change, its model-based and CR2 errors.
suppressPackageStartupMessages(library(clubSandwich))
set.seed(20200201)
day <- seq(-700, 700, by = 10)
series <- data.frame(day, force = rep(LETTERS[1:12], length.out = length(day)))
series$sanctioned <- rbinom(nrow(series), 1, plogis(0.4 + 0.0005 * series$day + 0.7 * (series$day >= 0)))
out(series, "series_cases")
series$years <- (2 * series$day + 1) / 2 / 365.25
series$after <- as.numeric(series$day >= 0)
m <- glm(sanctioned ~ years + after, binomial, series, epsilon = 1e-14, maxit = 100)
b <- coef(m); p1 <- plogis(b[1] + b[3]); p0 <- plogis(b[1])
gradient <- c(p1 * (1 - p1) - p0 * (1 - p0), 0, p1 * (1 - p1))
# CR2 of the last weighted step, as a regression of its whitened response: errors then are independent with one variance
root <- sqrt(m$weights)
x0 <- root; x1 <- root * series$years; x2 <- root * series$after; y <- root * (m$linear.predictors + m$residuals)
step <- lm(y ~ 0 + x0 + x1 + x2)
stopifnot(max(abs(coef(step) - b)) < 1e-8)
v <- vcovCR(step, cluster = series$force, type = "CR2")
test <- linear_contrast(step, vcov = v, contrasts = matrix(gradient, 1), test = "Satterthwaite", level = 0.95)
out(data.frame(estimate = p1 - p0, se = test$SE, df = test$df, low = (p1 - p0) - qt(0.975, test$df) * test$SE,
               high = (p1 - p0) + qt(0.975, test$df) * test$SE,
               trend = (p1 * (1 - p1) + p0 * (1 - p0)) / 2 * b[2],
               detectable = (qt(0.975, test$df) + qt(0.8, test$df)) * test$SE), "interrupted_series")
