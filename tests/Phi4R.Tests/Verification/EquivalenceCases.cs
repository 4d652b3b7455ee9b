namespace Phi4R.Tests.Verification;

/// <summary>
/// Pairs whose verdict follows from school mathematics or from a convention that
/// <see cref="Phi4R.Verification.Comparisons.Equivalence"/> documents; each is asked both ways round.
/// </summary>
internal static class EquivalenceCases
{
    public static IEnumerable<(string Left, string Right, bool Same)> All() =>
        Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => (Line: line.Trim(), Middle: line.Trim().IndexOf("  ::  ", StringComparison.Ordinal)))
        .Select(parts => (parts.Line[3..parts.Middle], parts.Line[(parts.Middle + 6)..], parts.Line[0] == '='));

    private const string Text = """
        =  0.\overline{3}  ::  1/3
        ≠  0.\overline{3}  ::  0.\overline{4}
        =  0.1\overline{6}  ::  \frac16
        =  0.\bar{3}  ::  \frac{1}{3}
        =  0.\dot{3}  ::  \frac13
        =  0.\dot{1}4285\dot{7}  ::  1/7
        =  0.333...  ::  \frac13
        =  \frac13  ::  0.3333\ldots
        ≠  \frac13  ::  0.333
        =  0.(3)  ::  1/3
        =  2\frac{3}{4}  ::  2 3/4
        =  -2\frac34  ::  -2.75
        =  320000  ::  3.2e5
        =  1234  ::  1\,234
        =  1234  ::  1 234
        =  1234  ::  1,234 dollars
        =  7  ::  +7
        =  100  ::  100m^2
        =  10  ::  10 weeks
        =  0.25  ::  25\text{ percent}
        =  \frac13  ::  33\frac13\%
        =  2i  ::  (1+i)^2
        =  -1  ::  i^2
        =  5  ::  \left|3+4i\right|
        =  5  ::  \|3+4i\|
        =  \frac12  ::  \sin 30^\circ
        =  \frac{\sqrt3}{2}  ::  \cos(30°)
        =  \frac12  ::  \cos\frac\pi7-\cos\frac{2\pi}7+\cos\frac{3\pi}7
        =  x>3  ::  2x>6
        =  2x+3<7  ::  x<2
        =  1<x<3  ::  3>x>1
        =  x^2<4  ::  -2<x<2
        =  a\ne2  ::  2\ne a
        ≠  x>3  ::  x\ge3
        ≠  x^2<4  ::  -2\le x\le2
        =  (-\infty,1)\cup(2,\infty)  ::  x<1 \text{ or } x>2
        =  [2,3]  ::  [1,3]\cap[2,5]
        =  \begin{pmatrix}7&10\\15&22\end{pmatrix}  ::  \begin{pmatrix}1&2\\3&4\end{pmatrix}^2
        =  1\pm\sqrt2  ::  \frac{2\pm\sqrt8}2
        =  2  ::  17\bmod 5
        =  -5  ::  –5
        =  12  ::  １２
        =  \frac12  ::  ½
        =  \sqrt2  ::  √2
        =  2\sqrt{3}  ::  2√3
        =  \infty  ::  ∞
        =  x^2  ::  x²
        =  6  ::  2·3
        =  \emptyset  ::  \varnothing
        =  x_1  ::  x₁
        =  2x+1  ::  \boldsymbol{2x+1}
        =  2x+1  ::  \mathbf{2x+1}
        =  5  ::  \color{red}{5}
        =  5  ::  {\color{blue} 5}
        =  5  ::  \underline{5}
        =  5  ::  \large 5
        =  5  ::  =5
        =  5  ::  \approx 5
        =  5  ::  \therefore 5
        =  5  ::  5.
        =  5  ::  **5**
        =  5  ::  `5`
        =  (1,2)  ::  \bigl(1,2\bigr)
        =  \frac\pi2  ::  pi/2
        =  e^{16}  ::  exp(16)
        ≠  \frac1{2^{99}}  ::  \frac1{2^{98}}
        ≠  \frac1{20!}  ::  \frac1{21!}
        ≠  2^{-60}  ::  2^{-61}
        ≠  1011_2  ::  1011_3
        =  1011_2  ::  1011_{2}
        =  1011_2  ::  1011_{\text{two}}
        ≠  x'  ::  x
        ≠  x  ::  X
        ≠  0  ::  5x-7y+11z+4=0
        ≠  1,-2  ::  (-2,1)
        =  5  ::  x=5
        ≠  5  ::  2x=10
        ≠  x=5  ::  y=5
        =  \sin(2x)  ::  2\sin x\cos x
        =  \sin^2x+\cos^2x  ::  1
        =  \tan x  ::  \frac{\sin x}{\cos x}
        =  \log_2 8  ::  3
        =  \ln(e^2)  ::  2
        =  \log 100  ::  2
        =  x^2-1  ::  (x-1)(x+1)
        =  \sqrt{3+2\sqrt2}  ::  1+\sqrt2
        =  \sqrt[3]{-8}  ::  -2
        =  \frac{1}{\sqrt2}  ::  \frac{\sqrt2}{2}
        ≠  \sqrt{2}  ::  1.414
        =  10^{6}  ::  1{,}000{,}000
        =  3\times10^{5}  ::  300000
        =  5\text{ cm}  ::  5
        ≠  5\text{ cm}  ::  5\text{ m}
        =  50\%  ::  0.5
        ≠  50\%  ::  50
        =  \{1,2,3\}  ::  \{3,2,1\}
        ≠  \{1,2,3\}  ::  \{1,2\}
        =  \{1,2\}  ::  1, 2
        =  \mathbb{R}  ::  (-\infty,\infty)
        =  \mathbb{R}\setminus\{1\}  ::  (-\infty,1)\cup(1,\infty)
        =  x\ne 1  ::  (-\infty,1)\cup(1,\infty)
        =  \{x\mid x>3\}  ::  (3,\infty)
        =  \{x : x > 3\}  ::  x>3
        =  \{x\in\mathbb{R} \mid x>3\}  ::  x>3
        =  y=2x+3  ::  2x-y+3=0
        ≠  y=2x+3  ::  y=3x+2
        =  xy=1  ::  y=\frac1x
        =  3 \pmod 7  ::  10 \pmod 7
        =  3:4  ::  \frac34
        =  \binom{5}{2}  ::  10
        =  5!  ::  120
        =  \sum_{k=1}^{10}k  ::  55
        =  \int_0^1 x^2dx  ::  \frac13
        =  \lfloor 3.7\rfloor  ::  3
        =  e^{i\pi}  ::  -1
        =  \frac{n(n+1)}{2}  ::  \sum_{k=1}^n k
        =  2^{10}  ::  1024
        =  \text{even}  ::  even
        =  \text{(B)}  ::  B
        =  B  ::  \text{(B)}
        =  \frac{3}{4}  ::  .75
        =  x=1\text{ or }x=2  ::  \{1,2\}
        =  x=1,2  ::  x=1\text{ or }x=2
        =  (x-1)(x-2)=0  ::  x^2-3x+2=0
        =  \sqrt{x^2}  ::  \left|x\right|
        ≠  \sqrt{x^2}  ::  x
        =  a^{m+n}  ::  a^ma^n
        =  \ln 8  ::  3\ln 2
        =  \frac{x^2-1}{x-1}  ::  x+1
        =  90^\circ  ::  90\text{ degrees}
        =  -\frac{1}{2}  ::  \frac{-1}{2}
        =  \frac{a}{b}  ::  a/b
        =  1,000  ::  1000
        ≠  1, 000  ::  1000
        =  6:30  ::  6:30
        ≠  12:00  ::  1:00
        =  \begin{pmatrix}1\\2\end{pmatrix}  ::  \begin{bmatrix}1\\2\end{bmatrix}
        =  (0,9)\cup(9,36)  ::  (0,36)\setminus\{9\}
        =  2\sqrt{2}  ::  sqrt(8)
        =  x^{1/2}  ::  \sqrt{x}
        =  \frac{\pi}{4}  ::  \arctan 1
        =  \$5.50  ::  5.50
        =  5 dollars  ::  \$5
        =  0.5  ::  \frac{1}{2}
        =  \frac{22}{7}  ::  22/7
        ≠  \pi  ::  3.14
        =  \pi  ::  3.141593
        ≠  \pi  ::  \frac{22}{7}
        =  1.5\times10^{-3}  ::  0.0015
        =  1.5e-3  ::  0.0015
        =  1.5 \cdot 10^{-3}  ::  0.0015
        =  -1<x\le 4  ::  (-1,4]
        =  x \in (-1,4]  ::  -1<x\le4
        =  [-1,4]  ::  -1\le x\le 4
        =  x\geq 2  ::  [2,\infty)
        =  \left(\frac12,3\right)  ::  (0.5,3)
        ≠  (1,2)  ::  (2,1)
        =  24\pi  ::  24 \pi \text{ cm}^3
        =  \sqrt{16}  ::  4
        =  8  ::  2^3
        =  8!  ::  40320
        =  \max(3,7)  ::  7
        =  0.001  ::  10^{-3}
        =  -x+3  ::  3-x
        =  \frac{x+1}{2}  ::  0.5x+0.5
        =  \frac{2}{3}x  ::  2x/3
        =  7\frac{1}{2}\text{ hours}  ::  7.5
        =  x=\frac{-1\pm\sqrt5}{2}  ::  \frac{-1+\sqrt5}{2},\frac{-1-\sqrt5}{2}
        =  three  ::  Three
        =  No solution  ::  no solution
        =  12_{8}  ::  12_{\text{eight}}
        =  \cos 60^{\circ}  ::  0.5
        =  \tan 45^\circ  ::  1
        =  |x|<3  ::  -3<x<3
        =  2+3i  ::  3i+2
        =  \overline{z}  ::  \bar{z}
        =  \frac{1}{1+i}  ::  \frac{1-i}{2}
        =  i(1-i)  ::  1+i
        =  e^{\pi i/2}  ::  i
        =  \sqrt{-4}  ::  2i
        =  5\angle 30  ::  5\angle 30
        =  \csc x  ::  1/\sin x
        =  \sin(x+y)  ::  \sin x\cos y+\cos x\sin y
        =  \cos 2x  ::  1-2\sin^2 x
        =  \tan(\pi/4)  ::  1
        =  \arcsin\frac12  ::  \frac{\pi}{6}
        =  \sin 18^\circ  ::  \frac{\sqrt5-1}{4}
        =  \sin^2 20^\circ+\cos^2 20^\circ  ::  1
        =  \sin\frac{\pi}{6}  ::  \frac12
        """;
}
