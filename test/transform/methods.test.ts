/** What the runtime does for methods; see also the behaviour tests, which run transformed classes. */
import { describe, expect, test } from '@jest/globals';
import { propertyKey, scheduleMethod, unscheduled } from '../../runtime/index.js';

describe('scheduleMethod', () => {
  test('replaces a method and keeps the attributes of its property', () => {
    class Cart {
      add(item: number) {
        return item;
      }
    }
    const { add } = Cart.prototype;
    expect(scheduleMethod(Cart.prototype, 'add', 'Cart.add', { exclusive: ['methods'] })).toBe(
      Cart.prototype,
    );
    expect(Cart.prototype.add).not.toBe(add);
    expect(unscheduled(Cart.prototype.add)).toBe(add);
    expect(Object.getOwnPropertyDescriptor(Cart.prototype, 'add')).toMatchObject({
      enumerable: false,
      writable: true,
      configurable: true,
    });
    expect(new Cart().add(1)).toBe(1);
  });

  test('leaves alone what is no method (any more)', () => {
    const target = {
      get accessor() {
        return () => 1;
      },
      value: 2,
    };
    const before = Object.getOwnPropertyDescriptors(target);
    for (const key of ['accessor', 'value', 'missing'])
      scheduleMethod(target, key, key, { exclusive: ['methods'] });
    expect(Object.getOwnPropertyDescriptors(target)).toEqual(before);
  });
});

test('propertyKey converts as a computed key does, once', () => {
  let conversions = 0;
  const key = {
    toString() {
      conversions++;
      return 'converted';
    },
  };
  const symbol = Symbol('key');
  const toSymbol = { [Symbol.toPrimitive]: () => symbol };
  expect([key, symbol, toSymbol, 1, null, 'text'].map(propertyKey)).toEqual([
    'converted',
    symbol,
    symbol,
    '1',
    'null',
    'text',
  ]);
  expect(conversions).toBe(1);
});
