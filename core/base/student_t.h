#pragma once

namespace lathe::stats {

/// Regularised incomplete beta function I_x(a, b) for a, b > 0 and x from 0 to 1 (Lentz's continued fraction,
/// DLMF 8.17.22).
double incompleteBeta(double a, double b, double x);

/// Student's t: probability of a value up to t, and its inverse for p strictly between 0 and 1.
double studentCdf(double t, double degreesOfFreedom);
double studentQuantile(double p, double degreesOfFreedom);

} // namespace lathe::stats
