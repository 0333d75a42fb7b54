# Reference values for tests/test_specification.py, with packages that the study does not use.
# Run in this folder: Rscript specification.R
library(sandwich)
library(brglm2)

cases <- read.csv("specification_cases.csv", stringsAsFactors = TRUE)
cases$force <- factor(cases$force)
clusters <- nlevels(cases$force)
t_limit <- qt(0.975, clusters - 1)
rows <- list()
put <- function(method, estimate, se) {
  rows[[length(rows) + 1]] <<- data.frame(
    method = method, estimate = estimate, conf_low = estimate - t_limit * se, conf_high = estimate + t_limit * se
  )
}
# sum of squared influences within clusters, times G / (G - 1)
clustered <- function(influence) {
  sums <- tapply(influence, cases$force, sum)
  sqrt(sum(sums^2) * clusters / (clusters - 1))
}
standardise <- function(coefficients, information) {
  x <- model.matrix(~ family + period + role, cases)
  x1 <- x0 <- x
  x1[, "role"] <- 1
  x0[, "role"] <- 0
  p1 <- plogis(x1 %*% coefficients)
  p0 <- plogis(x0 %*% coefficients)
  gradient <- colMeans(c(p1 * (1 - p1)) * x1 - c(p0 * (1 - p0)) * x0)
  full <- c(gradient, rep(0, nrow(information) - length(gradient)))
  direction <- solve(information, full)[seq_along(gradient)]
  influence <- (x %*% direction) * (cases$sanctioned - plogis(x %*% coefficients))
  c(mean(p1 - p0), clustered(influence))
}

linear <- lm(sanctioned ~ family + period + role, cases)
put("linear", coef(linear)["role"], sqrt(vcovCL(linear, cluster = ~force, type = "HC1")["role", "role"]))

logistic <- glm(sanctioned ~ family + period + role, binomial, cases, epsilon = 1e-14)
put("logistic", standardise(coef(logistic), solve(vcov(logistic)))[1], standardise(coef(logistic), solve(vcov(logistic)))[2])

# Firth with added covariate: Puhr, Heinze, Nold, Lusa and Geroldinger (2017), by data augmentation
firth <- glm(sanctioned ~ family + period + role, binomial, cases,
  method = "brglmFit", type = "AS_mean", epsilon = 1e-12, maxit = 1000)
x <- model.matrix(firth)
p <- fitted(firth)
w <- p * (1 - p)
leverage <- w * rowSums((x %*% solve(crossprod(x, w * x))) * x)
augmented <- rbind(
  cbind(cases, weight = 1, pseudo = 0),
  cbind(cases, weight = leverage / 2, pseudo = 1),
  cbind(transform(cases, sanctioned = 1 - sanctioned), weight = leverage / 2, pseudo = 1)
)
flac <- suppressWarnings(glm(sanctioned ~ family + period + role + pseudo, binomial, augmented,
  weights = weight, epsilon = 1e-14))
# vcov() of a binomial glm is the inverse of the weighted information
found <- standardise(coef(flac)[1:5], solve(vcov(flac)))
put("firth", found[1], found[2])

propensity <- fitted(glm(role ~ family + period, binomial, cases, epsilon = 1e-14))
own <- cases$role * (1 - propensity)
other <- (1 - cases$role) * propensity
m1 <- weighted.mean(cases$sanctioned, own)
m0 <- weighted.mean(cases$sanctioned, other)
influence <- own * (cases$sanctioned - m1) / sum(own) - other * (cases$sanctioned - m0) / sum(other)
put("overlap", m1 - m0, clustered(influence))

result <- do.call(rbind, rows)
result[-1] <- lapply(result[-1], function(v) sprintf("%.10f", v))
write.csv(result, "specification.csv", row.names = FALSE, quote = FALSE)
