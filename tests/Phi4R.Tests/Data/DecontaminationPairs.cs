using Phi4R.Data;

namespace Phi4R.Tests.Data;

/// <summary>
/// Questions of this project's own in the ways of contests and exams: some taken for a benchmark, others of the same
/// kinds, lengths and endings.
/// </summary>
internal static class DecontaminationPairs
{
    private const string Fraction = @" can be written as $\frac{m}{n}$, where $m$ and $n$ are relatively prime "
        + @"positive integers. Find $m+n$.";
    private const string Root = @" is $a\sqrt{b}$, where $a$ and $b$ are positive integers and $b$ is not divisible "
        + @"by the square of any prime. Find $a+b$.";

    public static IReadOnlyList<Problem> Benchmark { get; } = Named("b",
        "A lighthouse keeper climbs a stair of 91 steps, taking one or two at a time, and never two twice in a row. "
            + "The share of his climbs that touch step 45" + Fraction,
        "Nine friends sit at a round table and each hides a coin in the left or the right hand. The probability that "
            + "no two neighbors hide it in the same hand" + Fraction,
        "In triangle $PQR$ the point $S$ lies on $QR$ with $QS=5$, $SR=8$ and $PS=7$. If the circles inscribed in "
            + "$PQS$ and $PSR$ touch, the length of $PQ$" + Root,
        "A cube of side $6$ is cut by the plane through the midpoints of three edges that meet at no corner. The area "
            + "of the cut" + Root,
        @"Let $f(x)=x^3-6x^2+11x-6$ and let $r$ be the largest root of $f(f(x))=0$. Compute $\left\lfloor 100r "
            + @"\right\rfloor$.",
        @"Find the number of ordered pairs $(x,y)$ of integers with $1 \le x < y \le 60$ such that $xy$ is a "
            + @"perfect square.",
        @"Evaluate $\frac{3^7-3^5}{3^4+3^2}$.",
        @"Simplify $\sqrt{147}+\sqrt{48}$.",
        @"What is the units digit of $7^{2031}$?",
        @"Compute $\cos 75^\circ \cdot \sin 15^\circ$.",
        @"Solve $|2x-7|=13$ for $x$.",
        @"Find the remainder when $5^{41}$ is divided by $23$.",
        @"How many positive divisors does $2520$ have?",
        "A tank is filled by one pipe in 12 hours and emptied by another in 20 hours. Both are opened when the tank "
            + "is half full. After how many hours is it full?",
        "Maria buys seven notebooks and three pens for 44 euros, and her brother buys two notebooks and nine pens for "
            + "37 euros. What does one notebook cost, in euros?",
        @"The function $g$ satisfies $g(x+y)=g(x)+g(y)+2xy$ for all real $x$ and $y$, and $g(1)=4$. What is $g(10)$?",
        "A palindrome is a number that reads the same both ways. How many five-digit palindromes are divisible by 45 "
            + "and have no digit that is repeated more than twice?",
        @"Let $a_1=2$ and $a_{n+1}=\frac{a_n+3}{a_n+1}$ for $n \ge 1$. Find the limit of $a_n$ as $n$ grows.",
        "Which spectral line of neutral hydrogen is used to map the spiral arms of the galaxy?",
        "A mixture of two miscible liquids shows a maximum in its boiling curve at a mole fraction of 0.62. What "
            + "happens when a mixture of equal moles is distilled?",
        "Two identical bosons are placed in a box with three single-particle levels of energies zero, one and two "
            + "units. What is the number of states with a total energy of two units?",
        "In a cross of two heterozygous pea plants for two unlinked genes with complete dominance, what share of the "
            + "offspring shows exactly one recessive trait?",
        @"Find all real $t$ for which the vectors $(1,t,2)$ and $(t,4,-3)$ are perpendicular.",
        @"A geometric series has first term $12$ and sum $20$. What is its common ratio?",
        "An ant walks on the edges of a regular octahedron from one corner to the opposite one and visits no corner "
            + "twice. How many different walks are there in all?");

    public static IReadOnlyList<Problem> Others { get; } = Named("t",
        "A baker cuts a ribbon of 91 cm into pieces of one or two cm and ties knots where they meet. The share of "
            + "ways with a knot at the middle" + Fraction,
        "Ten cards are dealt in a row and turned over one by one. The probability that no two neighbors have the "
            + "same color" + Fraction,
        "In trapezoid $KLMN$ the diagonals meet at $T$ with $KT=5$, $TM=8$ and $LT=7$. If the bases differ by six, "
            + "the length of $KL$" + Root,
        "A pyramid of height $6$ stands on a square and is cut by a plane parallel to its base. The area of the cut"
            + Root,
        @"Let $h(x)=x^3+6x^2-11x+6$ and let $s$ be the smallest root of $h(x)=6$. Compute $\left\lceil 100s "
            + @"\right\rceil$.",
        @"Find the number of ordered triples $(x,y,z)$ of positive integers with $x+y+z=60$ such that $x<y<z$.",
        @"Evaluate $\frac{3^7-3^5}{3^4+3^2}+\frac{1}{2}$.",
        @"Simplify $\sqrt{147}-\sqrt{48}$.",
        @"What is the units digit of $7^{2032}$?",
        @"Compute $\cos 75^\circ + \sin 15^\circ$.",
        @"Solve $|2x+7|=13$ for $x$.",
        @"Find the remainder when $5^{41}$ is divided by $29$.",
        @"How many positive divisors does $2310$ have?",
        "A pool is filled by one hose in 15 minutes and by another in 10 minutes. The first is opened alone for three "
            + "minutes. After how many more minutes do both fill it?",
        "Ahmed buys five tickets for the cinema and two drinks for 61 euros, and his sister buys one of each for 17 "
            + "euros. What does one drink cost, in euros?",
        @"The function $k$ satisfies $k(xy)=k(x)+k(y)$ for all positive $x$ and $y$, and $k(2)=4$. What is $k(64)$?",
        "A number is called bumpy if its digits rise and fall in turns. How many five-digit bumpy numbers are "
            + "divisible by 25 and have no zero among them?",
        @"Let $b_1=5$ and $b_{n+1}=b_n^2-2$ for $n \ge 1$. Find the last two digits of $b_{12}$.",
        "Which emission line of doubly ionized oxygen is used to find planetary nebulae in other galaxies?",
        "A solution of salt in water shows a lower vapor pressure than the solvent alone. What happens to its "
            + "freezing point when the amount of salt is doubled?",
        "Three electrons are placed in a harmonic trap with levels one unit apart. What is the ground state's energy "
            + "when their spins are all alike?",
        "In a population of beetles in equilibrium one in twenty-five shows the recessive trait of one gene. What "
            + "share of the beetles carries it without showing it?",
        @"Find all real $t$ for which the vectors $(1,t,2)$ and $(t,4,-3)$ have the same length.",
        @"An arithmetic series has first term $12$ and sum $20$. What is its common difference?",
        "A spider walks on the faces of a cube from one corner to the opposite one by the shortest way. How long is "
            + "the way if an edge has three units?");

    private static Problem[] Named(string letter, params string[] questions) =>
        [.. questions.Select((question, i) => new Problem
        {
            Id = $"{letter}{i}",
            Question = question,
            Answer = "0",
            Domain = "any",
            Level = 1,
        })];
}
