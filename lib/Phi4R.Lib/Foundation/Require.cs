using System.Runtime.CompilerServices;

namespace Phi4R.Foundation;

/// <summary>
/// Checks of one setting where it is set; a message names the setting, what was found and what is allowed.
/// </summary>
public static class Require
{
    /// <summary>Returns a whole number that is above zero.</summary>
    /// <exception cref="ArgumentException"><paramref name="value"/> is zero or less.</exception>
    public static int Positive(int value, [CallerMemberName] string name = "") =>
        value > 0 ? value : throw new ArgumentException($"{name} is {value}; it must be above 0.");

    /// <summary>Returns a number that is above zero.</summary>
    /// <exception cref="ArgumentException"><paramref name="value"/> is zero or less, or not a number.</exception>
    public static double Positive(double value, [CallerMemberName] string name = "") =>
        value > 0 ? value : throw new ArgumentException($"{name} is {value}; it must be above 0.");

    /// <summary>Returns a whole number that is zero or more.</summary>
    /// <exception cref="ArgumentException"><paramref name="value"/> is below zero.</exception>
    public static int NotNegative(int value, [CallerMemberName] string name = "") =>
        value >= 0 ? value : throw new ArgumentException($"{name} is {value}; it must be 0 or more.");

    /// <summary>Returns a number that is zero or more.</summary>
    /// <exception cref="ArgumentException"><paramref name="value"/> is below zero, or not a number.</exception>
    public static double NotNegative(double value, [CallerMemberName] string name = "") =>
        value >= 0 ? value : throw new ArgumentException($"{name} is {value}; it must be 0 or more.");

    /// <summary>Returns a number from 0 to 1.</summary>
    /// <exception cref="ArgumentException"><paramref name="value"/> is not within 0 and 1.</exception>
    public static double Fraction(double value, [CallerMemberName] string name = "") =>
        value is >= 0 and <= 1 ? value : throw new ArgumentException($"{name} is {value}; it must be between 0 and 1.");

    /// <summary>Returns a number from 0 up to and without 1.</summary>
    /// <exception cref="ArgumentException"><paramref name="value"/> is below zero, or 1 or more.</exception>
    public static double BelowOne(double value, [CallerMemberName] string name = "") =>
        value is >= 0 and < 1
            ? value
            : throw new ArgumentException($"{name} is {value}; it must be 0 or more, and below 1.");

    /// <summary>Returns as many weights as were asked for, of which one at least is above zero.</summary>
    /// <exception cref="ArgumentException">
    /// <paramref name="value"/> has another length than <paramref name="count"/>, a weight below zero, or only zeros.
    /// </exception>
    public static IReadOnlyList<double> Weights(
        IReadOnlyList<double> value, int count, [CallerMemberName] string name = "") =>
        value.Count == count && value.All(weight => weight >= 0) && value.Sum() > 0
            ? value
            : throw new ArgumentException($"{name} is [{string.Join(", ", value)}]; it must be {count} weights of 0 "
                + "or more, not all 0.");
}
