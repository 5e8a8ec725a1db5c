#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes an array multiplier in our netlist form: make_multiplier.py BITS > multiplier.netlist

As in c6288 of ISCAS-85 (Brglez and Fujiwara, 1985; its structure: Hansen, Yalcin and Hayes, Unveiling the ISCAS-85
benchmarks, IEEE Design & Test 16(3), 1999): an AND for each pair of bits, rows of carry-save adders of NORs, and a
ripple row at the end.
"""
import sys


def main():
    bits = int(sys.argv[1])
    lines = []

    def gate(output, function, *inputs):
        lines.append(f"{output} = {function} {' '.join(inputs)}")
        return output

    def half_adder(name, a, b, total, carry):
        gate(f"{name}.none", "nor", a, b)
        gate(f"{name}.na", "not", a)
        gate(f"{name}.nb", "not", b)
        gate(carry, "nor", f"{name}.na", f"{name}.nb")
        gate(total, "nor", f"{name}.none", carry)

    def full_adder(name, a, b, c, total, carry):
        gate(f"{name}.t0", "nor", a, b)
        gate(f"{name}.t1", "nor", a, f"{name}.t0")
        gate(f"{name}.t2", "nor", b, f"{name}.t0")
        gate(f"{name}.t3", "nor", f"{name}.t1", f"{name}.t2")
        gate(f"{name}.u1", "nor", f"{name}.t3", c)
        gate(f"{name}.u2", "nor", f"{name}.u1", f"{name}.t3")
        gate(f"{name}.u3", "nor", f"{name}.u1", c)
        gate(total, "nor", f"{name}.u2", f"{name}.u3")
        gate(carry, "nor", f"{name}.t0", f"{name}.u1")

    def add(name, addends, total, carry):
        (half_adder if len(addends) == 2 else full_adder)(name, *addends, total, carry)

    # sums[j] and carries[j] have the weight of row + j
    sums = [gate("p[0]" if j == 0 else f"m0_{j}", "and", f"a[{j}]", "b[0]") for j in range(bits)] + [None]
    carries = [None] * bits
    for row in range(1, bits):
        below, into = sums[1:], carries
        sums, carries = [], []
        for j in range(bits):
            product = gate(f"m{row}_{j}", "and", f"a[{j}]", f"b[{row}]")
            addends = [x for x in (product, below[j], into[j]) if x]
            if len(addends) == 1:
                sums.append(product)
                carries.append(None)
                continue
            total = f"p[{row}]" if j == 0 else f"s{row}_{j}"
            add(f"a{row}_{j}", addends, total, f"c{row}_{j}")
            sums.append(total)
            carries.append(f"c{row}_{j}")
        sums.append(None)
    ripple = None
    for j in range(bits):
        addends = [x for x in (sums[j + 1], carries[j], ripple) if x]
        total = f"p[{bits + j}]"
        if len(addends) == 1:
            gate(total, "buf", *addends)
        else:
            add(f"r{j}", addends, total, f"carry{j}")
            ripple = f"carry{j}"
    print(f"# An array multiplier of {bits} by {bits} bits, by make_multiplier.py.")
    print(f"netlist multiplier{bits}\ninput a[{bits - 1}:0] b[{bits - 1}:0]\noutput p[{2 * bits - 1}:0]")
    print("\n".join(lines))


main()
