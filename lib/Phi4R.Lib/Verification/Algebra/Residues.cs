using System.Numerics;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Algebra;

/// <summary>Remainders of whole numbers too large to be written out, such as 2023^2023 - 1.</summary>
internal sealed class Residues(Budget budget)
{
    private const int LargestFactorial = 20_000;

    // Two Mersenne primes: numbers that agree in both are taken for equal.
    private static readonly BigInteger[] Primes = [(BigInteger.One << 89) - 1, (BigInteger.One << 127) - 1];

    /// <summary>
    /// Whether two constants built of fractions, powers and factorials are the same; null where one is of another
    /// build.
    /// </summary>
    public bool? Same(Node a, Node b)
    {
        foreach (var prime in Primes)
        {
            if (Of(a, prime, fractions: true) is not { } x || Of(b, prime, fractions: true) is not { } y)
            {
                return null;
            }

            if (x != y)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The remainder; null where it cannot be worked out this way.</summary>
    /// <param name="node">A constant.</param>
    /// <param name="modulus">A whole number above 0.</param>
    /// <param name="fractions">Whether the modulus is a prime, by which one may divide.</param>
    public BigInteger? Of(Node node, BigInteger modulus, bool fractions)
    {
        budget.Spend();
        return node switch
        {
            NumberNode { Value: var value } => value.IsInteger || fractions
                ? Quotient(value.Numerator, value.Denominator, modulus)
                : null,
            SumNode { Terms: var terms } => All(terms, 0, (x, y) => x + y),
            ProductNode { Factors: var factors } => All(factors, 1, (x, y) => x * y),
            PowerNode { Base: var below, Exponent: var exponent } => Whole(exponent) is { } power
                && Of(below, modulus, fractions) is { } residue ? Power(residue, power, modulus, fractions) : null,
            CallNode { Name: "factorial", Arguments: [var count] } =>
                Whole(count) is { Sign: >= 0 } n && n <= LargestFactorial ? Factorial((int)n, modulus) : null,
            _ => null,
        };

        BigInteger? All(IReadOnlyList<Node> nodes, int start, Func<BigInteger, BigInteger, BigInteger> join)
        {
            BigInteger? total = start;
            foreach (var item in nodes)
            {
                total = total is { } so && Of(item, modulus, fractions) is { } next
                    ? Remainder(join(so, next), modulus)
                    : null;
            }

            return total;
        }
    }

    private BigInteger? Power(BigInteger residue, BigInteger power, BigInteger modulus, bool fractions)
    {
        var words = 1 + ((long)modulus.GetBitLength() / 64);
        budget.Spend(20 + ((long)power.GetBitLength() * words * words / 200));
        return power.Sign >= 0 ? BigInteger.ModPow(residue, power, modulus)
            : fractions ? Quotient(BigInteger.One, BigInteger.ModPow(residue, -power, modulus), modulus) : null;
    }

    private BigInteger Factorial(int n, BigInteger modulus)
    {
        budget.Spend(n / 4);
        var product = BigInteger.One;
        for (var i = 2; i <= n; i++)
        {
            product = product * i % modulus;
        }

        return Remainder(product, modulus);
    }

    private static BigInteger? Quotient(BigInteger above, BigInteger below, BigInteger modulus) =>
        below.IsOne ? Remainder(above, modulus)
        : Remainder(below, modulus) is { IsZero: false } divisor
            ? Remainder(above * BigInteger.ModPow(divisor, modulus - 2, modulus), modulus)
            : null;

    private static BigInteger Remainder(BigInteger value, BigInteger modulus) =>
        ((value % modulus) + modulus) % modulus;

    private BigInteger? Whole(Node node)
    {
        if (Equality.Variables(node).Count > 0 || Equality.HasUnknown(node))
        {
            return null;
        }

        try
        {
            return new Evaluator(budget, 64, 0, name => throw new UndefinedException(name)).Of(
                node) is { Exact: { IsInteger: true } whole } ? whole.Numerator : null;
        }
        catch (UndefinedException)
        {
            return null;
        }
    }
}
