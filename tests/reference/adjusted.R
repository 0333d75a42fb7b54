# Reference values for tests/test_adjusted_reference.py, computed with R's own packages, so that they owe nothing to
# the Python code under test. To make the CSV files beside this script again:
#   cd tests/reference && Rscript adjusted.R
# Made with R 4.2.2, sandwich, clubSandwich, brglm2, MASS and ordinal (Debian 12). The cases are invented.

suppressMessages({library(sandwich); library(clubSandwich); library(brglm2); library(MASS); library(ordinal)})

set.seed(20200201)
n <- 180
force <- sprintf("F%02d", sample(1:14, n, TRUE, prob = (1:14)^1.3))
role <- rbinom(n, 1, 0.18)
x1 <- rbinom(n, 1, 0.4); x2 <- rbinom(n, 1, 0.25); x3 <- rbinom(n, 1, 0.12)
u <- rnorm(14, sd = 0.5)[as.integer(substr(force, 2, 3))]
latent <- 0.8 + 0.5 * role + 0.7 * x1 - 0.8 * x2 + u + rlogis(n)
rung <- as.integer(cut(latent, c(-Inf, -1.2, -0.3, 0.2, Inf))) - 1L
y <- as.integer(rung == 3)
ysep <- ifelse(x3 == 1, 1L, y)   # x3 settles the outcome: quasi-complete separation
cases <- data.frame(force, role, x1, x2, x3, rung, y, ysep)
write.csv(cases, "adjusted_cases.csv", row.names = FALSE, quote = FALSE)

rows <- list()
keep <- function(what, values, names = NULL) {
  if (is.null(names)) names <- if (is.null(base::names(values))) seq_along(values) else base::names(values)
  rows[[length(rows) + 1]] <<- data.frame(what = what, name = names, value = sprintf("%.12g", as.numeric(values)))
}

# Logistic regression by maximum likelihood, its covariance, and the cluster-robust ones.
fit <- glm(y ~ role + x1 + x2 + x3, binomial, cases, control = glm.control(epsilon = 1e-14, maxit = 50))
keep("ml coefficient", coef(fit))
keep("ml model variance", diag(vcov(fit)))
keep("ml CR1 variance", diag(vcovCL(fit, ~force, type = "HC1")))
# CR2 and CR3 in the metric in which the working model's errors are independent: the last weighted least squares step
# of the fit, as an ordinary linear model of rows multiplied by the root of their weight.
whiten <- function(X, p, y) {
  root <- sqrt(p * (1 - p))
  list(Z = X * root, z = (y - p) / root)
}
robust <- function(X, p, y, kind) {
  w <- whiten(X, p, y)
  step <- lm(w$z ~ 0 + w$Z)
  V <- vcovCR(step, cluster = cases$force, type = kind)
  # The step's own residuals are those at the next step's coefficients: at a maximum the same, under Firth's method
  # not, so the residuals at the coefficients themselves are put in their place.
  rows <- split(seq_along(w$z), factor(cases$force))
  scores <- mapply(function(i, A) drop(t(w$Z[i, , drop = FALSE]) %*% A %*% w$z[i]), rows, attr(V, "adjustments"))
  M <- solve(crossprod(w$Z))
  list(V = M %*% tcrossprod(scores) %*% M, df = coef_test(step, V, test = "Satterthwaite")$df)
}
X <- model.matrix(fit)
for (kind in c("CR2", "CR3")) keep(paste("ml", kind, "variance"), diag(robust(X, fitted(fit), y, kind)$V), colnames(X))
keep("ml CR2 df", robust(X, fitted(fit), y, "CR2")$df, colnames(X))

# Standardised risk difference and log risk ratio, delta method with a numerical gradient.
risks <- function(b, X) {
  at <- function(r) { X[, "role"] <- r; mean(plogis(X %*% b)) }
  c(at(1), at(0))
}
gradient <- function(f, b, h = 1e-5) sapply(seq_along(b), function(j) {
  e <- replace(numeric(length(b)), j, h)
  (8 * (f(b + e) - f(b - e)) - (f(b + 2 * e) - f(b - 2 * e))) / (12 * h)
})
delta <- function(f, b, V) { g <- gradient(f, b); sqrt(drop(g %*% V %*% g)) }
difference <- function(b) -diff(risks(b, X))
logratio <- function(b) -diff(log(risks(b, X)))
b <- coef(fit)
keep("ml standardised", c(difference = difference(b), logratio = logratio(b)))
for (kind in c("CR2", "model")) {
  V <- if (kind == "model") vcov(fit) else robust(X, fitted(fit), y, "CR2")$V
  keep(paste("ml standardised error", kind), c(difference = delta(difference, b, V), logratio = delta(logratio, b, V)))
}

# Firth's penalised likelihood under separation, and the intercept that makes the probabilities sum to the cases.
firth <- glm(ysep ~ role + x1 + x2 + x3, binomial, cases, method = "brglmFit", type = "AS_mean",
             control = list(epsilon = 1e-12, maxit = 1000))
keep("firth coefficient", coef(firth))
slopes <- drop(X[, -1] %*% coef(firth)[-1])
flic <- coef(glm(ysep ~ 1 + offset(slopes), family = binomial, control = glm.control(epsilon = 1e-14)))
bf <- replace(coef(firth), 1, flic)
keep("firth risk intercept", flic, "(Intercept)")
keep("firth standardised", c(difference = difference(bf), logratio = logratio(bf)))
pf <- drop(plogis(X %*% bf))
Vm <- solve(crossprod(X * sqrt(pf * (1 - pf))))
Vr <- robust(X, pf, ysep, "CR2")$V
keep("firth standardised error CR2", c(difference = delta(difference, bf, Vr), logratio = delta(logratio, bf, Vr)))
keep("firth standardised error model", c(difference = delta(difference, bf, Vm), logratio = delta(logratio, bf, Vm)))
# Profile penalised likelihood of role, from the definition: the penalty is that of all coefficients.
penalised <- function(b) {
  eta <- drop(X %*% b)
  sum(ifelse(ysep == 1, plogis(eta, log.p = TRUE), plogis(-eta, log.p = TRUE))) +
    0.5 * determinant(crossprod(X * sqrt(plogis(eta) * plogis(-eta))))$modulus
}
profile <- function(r) {
  f <- function(others) -penalised(c(others[1], r, others[-1]))
  start <- coef(firth)[-2]
  for (i in 1:6) {o <- optim(start, f, method = "BFGS", control = list(reltol = 1e-15, maxit = 1000)); start <- o$par}
  -o$value
}
top <- as.numeric(penalised(coef(firth)))
crossing <- function(r) as.numeric(profile(r)) - (top - qchisq(0.95, 1) / 2)
at <- coef(firth)["role"]
keep("firth profile", c(low = uniroot(crossing, at + c(-6, 0), tol = 1e-9)$root,
                        high = uniroot(crossing, at + c(0, 8), tol = 1e-9)$root))
keep("firth likelihood ratio p", pchisq(2 * (top - as.numeric(profile(0))), 1, lower.tail = FALSE), "role")

# Proportional odds: two implementations, which must agree with each other too.
clm1 <- clm(factor(rung) ~ role + x1 + x2 + x3, data = cases, control = clm.control(gradTol = 1e-10))
polr1 <- polr(factor(rung) ~ role + x1 + x2 + x3, data = cases, Hess = TRUE, control = list(reltol = 1e-15))
stopifnot(max(abs(coef(polr1) - clm1$beta)) < 1e-4)
keep("ordinal coefficient", clm1$beta)
keep("ordinal threshold", clm1$alpha)
keep("ordinal model variance", diag(vcov(clm1))[names(clm1$beta)])
keep("ordinal clustered variance", diag(vcovCL(clm1, cases$force, type = "HC0", cadjust = TRUE))[names(clm1$beta)])
role_only <- clm(factor(rung) ~ role, data = cases, control = clm.control(gradTol = 1e-10))
table2 <- table(cases$role, cases$rung)
shares <- prop.table(table2, 1)
saturated <- sum((table2 * log(shares))[table2 > 0])
statistic <- 2 * (saturated - as.numeric(logLik(role_only)))
keep("proportional odds test", c(statistic = statistic, p = pchisq(statistic, ncol(table2) - 2, lower.tail = FALSE)))

# Probability of direction: Mann-Whitney from wilcox.test, Brunner and Munzel's variance from ranks.
one <- cases$rung[cases$role == 1]; other <- cases$rung[cases$role == 0]
m <- length(one); k <- length(other)
theta <- unname(suppressWarnings(wilcox.test(one, other))$statistic) / (m * k)
both <- rank(c(one, other))
p1 <- (both[seq_len(m)] - rank(one)) / k           # placement of each case of the comparison role
p0 <- 1 - (both[m + seq_len(k)] - rank(other)) / m
v <- c(var(p1) / m, var(p0) / k)
keep("direction", c(estimate = theta, variance = sum(v), df = sum(v)^2 / (v[1]^2 / (m - 1) + v[2]^2 / (k - 1))))
inside <- tapply(c((p1 - theta) / m, (p0 - theta) / k),
                 c(cases$force[cases$role == 1], cases$force[cases$role == 0]), sum)
keep("direction clustered", c(variance = sum(inside^2) * length(inside) / (length(inside) - 1)))

write.csv(do.call(rbind, rows), "adjusted.csv", row.names = FALSE, quote = FALSE)
