# Reference values for tests/test_criticism.py: calibration of predicted risks with glm, clubSandwich and sandwich; and
# the standardised risk difference without each case in turn, by Firth's method with brglm2. To make the CSV files
# beside this script again:
#   cd tests/reference && Rscript criticism.R
# Made with R 4.2.2, brglm2 0.9, clubSandwich 0.5.8, sandwich 3.0.2.

suppressPackageStartupMessages({library(brglm2); library(clubSandwich); library(sandwich)})
set.seed(20261125)

out <- function(frame, name) {
  numeric <- vapply(frame, is.numeric, TRUE)
  frame[numeric] <- lapply(frame[numeric], function(x) sprintf("%.15g", x))
  write.csv(frame, paste0(name, ".csv"), row.names = FALSE, quote = FALSE)
}

# Calibration: predictions that are too extreme and too high.
n <- 240
cluster <- sample(paste0("F", 1:18), n, replace = TRUE, prob = (18:1)^1.5)
truth <- 1 + rnorm(n) + 0.5 * rnorm(18)[as.integer(factor(cluster, levels = paste0("F", 1:18)))]
y <- rbinom(n, 1, plogis(truth))
p <- plogis(0.4 + 1.5 * truth + 0.3 * rnorm(n))
p <- round(p, 2)
p <- pmin(pmax(p, 0.01), 0.99)
odds <- qlogis(p)
out(data.frame(p, y, cluster), "calibration_data")

large <- glm(y ~ 1, offset = odds, family = binomial, epsilon = 1e-14, maxit = 100)
slope <- glm(y ~ odds, family = binomial, epsilon = 1e-14, maxit = 100)
groups <- length(unique(cluster))
t95 <- qt(0.975, groups - 1)
large_se <- max(sqrt(vcov(large)[1]), sqrt(vcovCL(large, cluster, type = "HC0", cadjust = TRUE)[1]))
# CR2 by its definition, in the metric in which the working model's errors have variance 1 (clubSandwich takes another
# square root, and differs in the fourth digit)
z <- model.matrix(slope) * sqrt(slope$weights)
bread <- solve(crossprod(z))
standardised <- (y - fitted(slope)) / sqrt(slope$weights)
scores <- sapply(unique(cluster), function(g) {
  rows <- cluster == g
  e <- eigen(diag(sum(rows)) - z[rows, , drop = FALSE] %*% bread %*% t(z[rows, , drop = FALSE]), symmetric = TRUE)
  root <- e$vectors %*% diag(ifelse(e$values > 1e-8, 1 / sqrt(e$values), 0), length(e$values)) %*% t(e$vectors)
  t(z[rows, , drop = FALSE]) %*% root %*% standardised[rows]
})
slope_se <- max(sqrt(vcov(slope)[2, 2]), sqrt((bread %*% tcrossprod(scores) %*% bread)[2, 2]))
stopifnot(abs(slope_se / sqrt(vcovCR(slope, cluster = cluster, type = "CR2")[2, 2]) - 1) < 0.005)
errors <- (p - y)^2
totals <- tapply(errors - mean(errors), cluster, sum)
brier_se <- max(sd(errors) / sqrt(n), sqrt(sum(totals^2) * groups / (groups - 1)) / n)
area <- unname(wilcox.test(p[y == 1], p[y == 0], exact = FALSE)$statistic) / (sum(y) * sum(1 - y))
rows <- data.frame(
  measure = c("calibration in the large", "calibration slope", "Brier score", "c-statistic"),
  estimate = c(coef(large)[1], coef(slope)[2], mean(errors), area),
  low = c(coef(large)[1] - t95 * large_se, coef(slope)[2] - t95 * slope_se, mean(errors) - t95 * brier_se, NA),
  high = c(coef(large)[1] + t95 * large_se, coef(slope)[2] + t95 * slope_se, mean(errors) + t95 * brier_se, NA)
)
out(rows, "calibration_measures")

# Deletion: the whole fit again without each case; the intercept for probabilities is that at which they sum to the
# cases observed (FLIC).
n <- 70
role <- rbinom(n, 1, 0.3)
former <- rbinom(n, 1, 0.4)
admitted <- rbinom(n, 1, 0.5)
y <- rbinom(n, 1, plogis(1.2 + 0.6 * role + 0.8 * former - 0.7 * admitted))
cases <- data.frame(case_id = sprintf("essex-%03d", 1:n), role, former, admitted, y)
out(cases, "deletion_data")

difference <- function(d) {
  fit <- glm(y ~ role + former + admitted, family = binomial, data = d, method = "brglmFit", type = "AS_mean",
             epsilon = 1e-12, maxit = 1000)
  b <- coef(fit)
  flic <- glm(y ~ 1, offset = b["role"] * role + b["former"] * former + b["admitted"] * admitted, family = binomial,
              data = d, epsilon = 1e-14, maxit = 100)
  rest <- coef(flic)[1] + b["former"] * d$former + b["admitted"] * d$admitted
  mean(plogis(rest + b["role"])) - mean(plogis(rest))
}
without <- vapply(seq_len(n), function(i) difference(cases[-i, ]), 0)
out(data.frame(case_id = c("", cases$case_id), difference = c(difference(cases), without)), "deletion")
