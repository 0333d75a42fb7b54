# Reference values for tests/test_scores.py: score limits of a pooled risk difference and of the probability of direction,
# and rates with an effective number of cases. They owe nothing to the Python code under test: every restricted
# maximum is found by general optimisation, none by a closed form. To make the CSV files beside this script again:
#   cd tests/reference && Rscript scores.R
# Made with R 4.2.2 and sandwich (Debian 12).

suppressMessages(library(sandwich))
out <- function(frame, name) {
  for (column in names(frame)) if (is.double(frame[[column]])) frame[[column]] <- sprintf("%.12g", frame[[column]])
  write.csv(frame, paste0(name, ".csv"), row.names = FALSE, quote = FALSE)
}

# Miettinen and Nurminen (1985): the reference's rate under p1 - p0 = d by its likelihood equation, one stratum at a time.
restricted <- function(x1, n1, x0, n0, d) {
  low <- max(0, -d); high <- min(1, 1 - d)
  slope <- function(p) {
    q <- p + d
    (if (x0 > 0) x0 / p else 0) - (if (x0 < n0) (n0 - x0) / (1 - p) else 0) +
      (if (x1 > 0) x1 / q else 0) - (if (x1 < n1) (n1 - x1) / (1 - q) else 0)
  }
  e <- (high - low) * 1e-13
  if (slope(low + e) <= 0) return(low)
  if (slope(high - e) >= 0) return(high)
  uniroot(slope, c(low + e, high - e), tol = 1e-15, maxiter = 10000)$root
}
pooled <- function(s, level = 0.95) {
  n <- s$n1 + s$n0
  w <- s$n1 * s$n0 / n; w <- w / sum(w)
  estimate <- sum(w * (s$x1 / s$n1 - s$x0 / s$n0))
  z <- qnorm((1 + level) / 2)
  variance <- function(d) {
    p0 <- mapply(restricted, s$x1, s$n1, s$x0, s$n0, d)
    p1 <- p0 + d
    sum(w^2 * (p1 * (1 - p1) / s$n1 + p0 * (1 - p0) / s$n0) * n / (n - 1))
  }
  f <- function(d, side) side * (d - estimate) - z * sqrt(max(variance(d), 0))
  c(estimate = estimate,
    low = uniroot(f, c(-1 + 1e-9, estimate - 1e-9), side = -1, tol = 1e-14)$root,
    high = uniroot(f, c(estimate + 1e-9, 1 - 1e-9), side = 1, tol = 1e-14)$root)
}
strata <- read.csv("strata.csv")
sparse <- data.frame(set = "sparse", stratum = paste0("s", 1:6), x1 = c(8, 4, 1, 12, 0, 3), n1 = c(8, 4, 1, 13, 1, 3),
                     x0 = c(60, 21, 9, 44, 2, 5), n0 = c(66, 30, 9, 60, 5, 9))
strata <- rbind(strata, sparse)
out(sparse, "strata_sparse")
out(do.call(rbind, lapply(unique(strata$set), function(name) {
  data.frame(set = name, t(pooled(strata[strata$set == name, ])))
})), "pooled_difference")

# Ryu and Agresti (2008): two multinomials whose probability of direction is given, by an augmented Lagrangian on the
# softmax scale; the variance there with n / (n - 1) in either group.
direction <- function(x, y) {
  k <- length(x)
  A <- (sign(outer(1:k, 1:k, "-")) + 1) / 2
  soft <- function(v) { e <- exp(v - max(v)); e / sum(e) }
  theta <- function(p, q) sum(p * (A %*% q))
  fit <- function(at) {
    mu <- 0; rho <- 200
    v <- log(c(x, y) + 0.5)
    split <- function(v) list(p = soft(v[1:k]), q = soft(v[k + 1:k]))
    target <- function(v) {
      d <- split(v); g <- theta(d$p, d$q) - at
      -sum((x * log(d$p))[x > 0]) - sum((y * log(d$q))[y > 0]) + mu * g + rho / 2 * g^2
    }
    slope <- function(v) {
      d <- split(v); g <- theta(d$p, d$q) - at
      dp <- (mu + rho * g) * drop(A %*% d$q); dq <- (mu + rho * g) * drop(d$p %*% A)
      c(-(x - sum(x) * d$p) + d$p * (dp - sum(d$p * dp)), -(y - sum(y) * d$q) + d$q * (dq - sum(d$q * dq)))
    }
    for (round in 1:200) {
      for (again in 1:3) v <- optim(v, target, slope, method = "BFGS", control = list(maxit = 5000, reltol = 1e-16))$par
      d <- split(v); g <- theta(d$p, d$q) - at
      if (abs(g) < 1e-12) break
      mu <- mu + rho * g
    }
    d
  }
  estimate <- theta(x / sum(x), y / sum(y))
  z <- function(at) {
    d <- fit(at); a <- drop(A %*% d$q); b <- drop(d$p %*% A)
    v <- sum(d$p * (a - at)^2) / (sum(x) - 1) + sum(d$q * (b - at)^2) / (sum(y) - 1)
    (estimate - at) / sqrt(v)
  }
  crit <- qnorm(0.975)
  c(estimate = estimate,
    low = uniroot(function(t) z(t) - crit, c(max(0.02, estimate - 0.45), estimate - 1e-3), tol = 1e-10)$root,
    high = uniroot(function(t) z(t) + crit, c(estimate + 1e-3, min(0.98, estimate + 0.45)), tol = 1e-10)$root,
    z_of_half = z(0.5))
}
ladders <- list(
  invented = list(c(1, 3, 2, 27), c(11, 20, 15, 101)),
  all_on_top = list(c(0, 0, 0, 8), c(4, 5, 12, 289)),
  twelve = list(c(1, 0, 2, 9), c(2, 3, 5, 50)),
  two_rungs = list(c(4, 9), c(18, 30)),
  worse_reference = list(c(6, 5, 4, 6), c(1, 4, 9, 60))
)
out(do.call(rbind, lapply(names(ladders), function(name) {
  l <- ladders[[name]]
  found <- direction(l[[1]], l[[2]])
  if (name == "all_on_top") {
    # No likelier distribution lies above than that of all on the top rung, which the softmax scale cannot reach: there
    # the probability is 1 - t / 2 of a binomial share t of the other group on the top rung.
    n <- sum(l[[2]])
    gap <- function(at) (at - found["estimate"]) / sqrt((1 - at) * (2 * at - 1) / 2 / (n - 1)) - qnorm(0.975)
    found["high"] <- uniroot(gap, c(found["estimate"] + 1e-6, 0.7), tol = 1e-12)$root
  }
  data.frame(set = name, counts = paste(l[[1]], collapse = " "), counts_reference = paste(l[[2]], collapse = " "),
             t(found))
})), "direction_scores")

# Rates with an effective number of cases: the clustered variance of a mean from sandwich, Wilson's interval from prop.test
# with numbers that need not be whole.
cases <- read.csv("adjusted_cases.csv")
out(do.call(rbind, lapply(c(0, 1), function(role) {
  s <- cases[cases$role == role, ]
  n <- nrow(s); rate <- mean(s$y); clusters <- length(unique(s$force))
  v <- vcovCL(lm(y ~ 1, s), ~force, type = "HC0", cadjust = TRUE)[1]
  effect <- max(1, v / (rate * (1 - rate) / n))
  effective <- min(n, n / effect * (qt(0.975, n - 1) / qt(0.975, clusters - 1))^2)
  ci <- suppressWarnings(prop.test(rate * effective, effective, correct = FALSE))$conf.int
  data.frame(role, clusters, design_effect = effect, effective, low = ci[1], high = ci[2])
})), "clustered_rates")
