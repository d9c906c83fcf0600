import assert from 'node:assert/strict';
import { fitCurve } from '../../examples/mauna-loa/curve-fit';
import { readRecord } from '../../examples/mauna-loa/data';
import { fit } from '../../examples/mauna-loa/fit';
import { startFromData } from '../../examples/mauna-loa/model';

describe('examples/mauna-loa/curve-fit.ts', () => {
  const record = readRecord();
  const start = startFromData(record);

  it('finds the same as the gradient by hand, from the model alone, with the error of each parameter', () => {
    const { x, report } = fit(record, start);
    const { params, standardErrors, rss, converged, message } = fitCurve(record, start);
    assert.ok(converged, message);
    assert.ok(rss / record.length <= report.loss, `${rss / record.length}, by the gradient ${report.loss}`);
    for (const [i, value] of Object.values(params).entries()) {
      const error = Object.values(standardErrors)[i]!;
      assert.ok(Math.abs(value - x[i]!) < 0.1 * error, `${Object.keys(params)[i]!}: ${value} ± ${error}, not ${x[i]!}`);
    }
    assert.ok(standardErrors.rate > 1e-5 && standardErrors.rate < 1e-3);
  });
});
