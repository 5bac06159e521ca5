#include "core/base/student_t.h"

#include <cmath>
#include <limits>

#include <math.h>

namespace lathe::stats {

namespace {

/// Coefficient d_k of the continued fraction of DLMF 8.17.22.
double coefficient(int k, double a, double b, double x)
{
    const int m = k / 2;
    if (k % 2 == 0)
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
}

/// 1 + d1 / (1 + d2 / (1 + ...)) by Lentz's method; quick where x < (a + 1) / (a + b + 2).
double continuedFraction(double a, double b, double x)
{
    constexpr double kTiny = std::numeric_limits<double>::min() * 1e10;
    constexpr int kMostTerms = 10000;
    double value = 1.0;
    double numerator = 1.0;
    double denominator = 0.0;
    for (int k = 1; k < kMostTerms; ++k) {
        const double d = coefficient(k, a, b, x);
        denominator = 1.0 + d * denominator;
        denominator = 1.0 / (std::abs(denominator) < kTiny ? kTiny : denominator);
        numerator = 1.0 + d / numerator;
        if (std::abs(numerator) < kTiny)
            numerator = kTiny;
        value *= numerator * denominator;
        if (std::abs(numerator * denominator - 1.0) < 1e-15)
            break;
    }
    return value;
}

/// std::lgamma writes a global, which no other thread may do at that time.
double logGamma(double x)
{
    int sign = 0;
    return ::lgamma_r(x, &sign);
}

} // namespace

double incompleteBeta(double a, double b, double x)
{
    if (x <= 0.0 || x >= 1.0)
        return x <= 0.0 ? 0.0 : 1.0;
    if (x > (a + 1.0) / (a + b + 2.0))
        return 1.0 - incompleteBeta(b, a, 1.0 - x);
    const double front = std::exp(a * std::log(x) + b * std::log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b));
    return front / (a * continuedFraction(a, b, x));
}

double studentCdf(double t, double degreesOfFreedom)
{
    const double tail =
        0.5 * incompleteBeta(degreesOfFreedom / 2.0, 0.5, degreesOfFreedom / (degreesOfFreedom + t * t));
    return t < 0.0 ? tail : 1.0 - tail;
}

double studentQuantile(double p, double degreesOfFreedom)
{
    if (p < 0.5)
        return -studentQuantile(1.0 - p, degreesOfFreedom);
    double low = 0.0;
    double high = 1.0;
    while (studentCdf(high, degreesOfFreedom) < p && high < 1e12)
        high *= 2.0;
    while (true) {
        const double middle = 0.5 * (low + high);
        if (middle <= low || middle >= high)
            return middle;
        (studentCdf(middle, degreesOfFreedom) < p ? low : high) = middle;
    }
}

} // namespace lathe::stats
