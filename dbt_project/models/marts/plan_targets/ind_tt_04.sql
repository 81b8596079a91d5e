{{ indicator_mart('TT-04', headline='reported') }}
